// many_test.cc: batches of small files: each file's fault is its own, nothing half made stays, and no number that JavaScript
// could give reaches outside the buffer.
//
// g++ -std=c++20 -O3 -pthread -Inative native/test/many_test.cc native/file/*.cc -o many_test && ./many_test [directory]

#include "file/many.h"

#include <sys/sysmacros.h>

#include <limits>
#include <map>
#include <thread>

#include "test/confined_world.h"

using namespace pfs::file;
using namespace pfs::file::test;

namespace {

std::string root;

// Columns that a batch points into.
struct Columns {
  std::string paths;
  std::vector<uint32_t> path_ends, modes, nanos;
  std::vector<double> offsets, lengths, seconds, outcomes;
  std::vector<Entry> entries;
  std::string buffer;

  void Add(std::string_view path, double offset, double length, uint32_t mode = 0644) {
    paths += path;
    path_ends.push_back(static_cast<uint32_t>(paths.size()));
    offsets.push_back(offset), lengths.push_back(length);
    modes.push_back(mode), seconds.push_back(-1.0), nanos.push_back(999999999);
    outcomes.push_back(-12345), entries.push_back({});
  }
  void Add(std::string_view path, std::string_view content, uint32_t mode = 0644) {
    Add(path, static_cast<double>(buffer.size()), static_cast<double>(content.size()), mode);
    buffer += content;
  }
  Batch Files() const { return {P(paths), path_ends, offsets, lengths}; }
  void Write(Held& held, const System& system = Kernel()) {
    WriteMany(held, Files(), {modes, seconds, nanos}, P(buffer), outcomes, system);
  }
  void Read(const System& system = Kernel()) {
    ReadMany(Files(), {reinterpret_cast<uint8_t*>(buffer.data()), buffer.size()}, entries, outcomes, system);
  }
};

bool IsThere(const World& world, const char* name) { return ::access(world.In(name).c_str(), F_OK) == 0; }

std::string Content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Writes(const System& system) {
  World world(root);
  Columns files;
  files.Add("a", "one", 0600);
  files.Add("deep/b", "", 0);
  files.Add("deep/c", "three", 04755);
  files.Add("link/new", "x");  // a directory of as many bytes as the one before
  files.Add("plain", "x");
  files.Add("file", "x");
  files.Add("plain/under", "x");
  files.Add("nothing/x", "x");
  files.Add("../out/new", "x");
  files.Add(std::string(256, 'x'), "x");
  files.Add("\xff\n", "bytes");
  files.Write(*world.held, system);
  const std::vector<double> told = {0,       0,           0,           -kLink, -EEXIST, -EEXIST, -kNotDirectory,
                                    -ENOENT, -kMalformed, -kMalformed, 0};
  CHECK(files.outcomes == told);
  CHECK(Content(world.In("a")) == "one" && Content(world.In("deep/c")) == "three" && Content(world.In("\xff\n")) == "bytes");
  CHECK(Content(world.In("plain")) == "ours");
  struct stat found;
  for (const auto& [name, mode] : std::map<const char*, mode_t>{{"a", 0600}, {"deep/b", 0}, {"deep/c", 04755}}) {
    CHECK(::stat(world.In(name).c_str(), &found) == 0 && (found.st_mode & 07777) == mode);
    CHECK(found.st_mtim.tv_sec == -1 && found.st_mtim.tv_nsec == 999999999);
  }
}

void WritesAsEver() { Writes(Kernel()); }
void WritesOfOld() { Writes(OldKernel()); }

int writes_left = 0;

// The disk is full in the middle: that file is gone again, those before and behind it are whole.
void HalfMade() {
  World world(root);
  System system = Kernel();
  system.pwritev = [](int fd, const iovec* parts, int count, off_t offset) -> ssize_t {
    if (--writes_left == 1) return ::pwrite(fd, parts[0].iov_base, 1, offset);
    if (writes_left == 0) return errno = ENOSPC, -1;
    return ::pwritev(fd, parts, count, offset);
  };
  Columns files;
  for (const char* name : {"a", "b", "deep/c"}) files.Add(name, "content");
  writes_left = 3;
  files.Write(*world.held, system);
  CHECK((files.outcomes == std::vector<double>{0, -ENOSPC, 0}));
  CHECK(Content(world.In("a")) == "content" && !IsThere(world, "b") && Content(world.In("deep/c")) == "content");
}

void Reads() {
  World world(root);
  CHECK(::mkfifo(world.In("pipe").c_str(), 0666) == 0);
  const bool has_device = ::mknod(world.In("device").c_str(), S_IFCHR | 0666, makedev(1, 5)) == 0;
  Columns files;
  files.buffer = std::string(40, '-');
  files.Add(world.In("plain"), 10, 4);
  files.Add(world.In("plain"), 0, 3);
  files.Add(world.In("plain"), 0, 5);
  files.Add(world.In("file"), 0, 4);
  files.Add(world.In("deep"), 0, 4);
  files.Add(world.In("pipe"), 0, 0);
  files.Add(world.In(has_device ? "device" : "pipe"), 0, 0);
  files.Add(world.In("none"), 0, 0);
  files.Add("relative", 0, 0);
  files.Add(std::string_view("/a\0b", 4), 0, 0);
  files.Add("", 0, 0);
  files.Add("/" + std::string(4095, 'x'), 0, 0);
  files.Read();
  const std::vector<double> told = {0,       kChanged, kChanged, -ELOOP,  -EISDIR, -EINVAL,
                                    -EINVAL, -ENOENT,  -EINVAL,  -EINVAL, -EINVAL, -ENAMETOOLONG};
  CHECK(files.outcomes == told);
  CHECK(files.buffer == std::string(10, '-') + "ours" + std::string(26, '-'));
  CHECK(files.entries[0].size_bytes == 4 && S_ISREG(files.entries[0].mode));
}

// It grows, or is cut, between the look and the read.
void ReadsOfMoving() {
  World world(root);
  System system = Kernel();
  Columns files;
  files.buffer = std::string(8, '-');
  files.Add(world.In("plain"), 0, 4);
  system.preadv = [](int fd, const iovec* parts, int count, off_t offset) -> ssize_t {
    if (offset == 4) return *static_cast<char*>(parts[0].iov_base) = 'x', 1;
    return ::preadv(fd, parts, std::min(count, 1), offset);
  };
  files.Read(system);
  CHECK(files.outcomes[0] == kChanged && files.buffer.substr(4) == "----");
  system.preadv = [](int fd, const iovec* parts, int, off_t offset) -> ssize_t {
    return offset >= 2 ? 0 : ::pread(fd, parts[0].iov_base, 2, offset);
  };
  files.Read(system);
  CHECK(files.outcomes[0] == kChanged);
  system.preadv = [](int, const iovec*, int, off_t) -> ssize_t { return errno = EIO, -1; };
  files.Read(system);
  CHECK(files.outcomes[0] == -EIO);
}

// Numbers that no honest caller gives.
void Bounds() {
  World world(root);
  const double infinity = std::numeric_limits<double>::infinity(), nothing = std::numeric_limits<double>::quiet_NaN();
  Columns files;
  files.buffer = "0123456789";
  for (const double bad : {-1.0, 10.5, 11.0, 1e300, infinity, -infinity, nothing, 18446744073709551616.0}) {
    files.Add("bad", bad, 1);
    files.Add("bad", 1, bad);
  }
  files.Add("bad", 10, 1);
  files.Add("bad", 0, 11);
  files.Add("good", 10, 0);
  files.Add("time", 0, 10);
  files.seconds.back() = infinity;
  files.Add("nanos", 0, 10);
  files.nanos.back() = 1'000'000'000;
  files.Write(*world.held);
  for (size_t i = 0; i < files.outcomes.size(); i++) CHECK((files.outcomes[i] == 0) == (i == files.outcomes.size() - 3));
  CHECK(!IsThere(world, "bad") && IsThere(world, "good") && !IsThere(world, "time") && !IsThere(world, "nanos"));
  files.path_ends[0] = 0xffffffff;  // past the paths, and the next one runs backwards
  files.Write(*world.held);
  CHECK(files.outcomes[0] == -EINVAL && files.outcomes[1] == -EINVAL);
  files.Read();
  CHECK(files.outcomes[0] == -EINVAL);
}

void Lists() {
  World world(root);
  for (int i = 0; i < 3000; i++) std::ofstream(world.In("deep/" + std::string(1 + i % 200, 'n') + std::to_string(i))) << i;
  std::vector<Entry> entries;
  std::vector<uint8_t> names;
  CHECK(ListDirectory(P(world.In("deep")), entries, names).count == 3000 && entries.size() == 3000);
  size_t at = 0;
  for (const Entry& entry : entries) {
    const size_t length = names[at] | names[at + 1] << 8;
    struct stat found;
    const std::string name(names.begin() + static_cast<long>(at) + 2, names.begin() + static_cast<long>(at + 2 + length));
    CHECK(::lstat(world.In("deep/" + name).c_str(), &found) == 0 && entry.inode == found.st_ino);
    at += 2 + length;
  }
  CHECK(at == names.size());
  for (const char* name : {"plain", "link"}) CHECK(ListDirectory(P(world.In(name)), entries, names).error == ENOTDIR);
  CHECK(ListDirectory(P("in"), entries, names).error == EINVAL);
  CHECK(ListDirectory(P(world.In("none")), entries, names).error == ENOENT);
}

// One held directory, many threads, a sync meanwhile; of two that make the same name one fails.
void Threads() {
  World world(root);
  constexpr size_t kThreads = 4, kFiles = 50;
  std::vector<Columns> columns(kThreads);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; t++) {
    for (size_t i = 0; i < kFiles; i++) columns[t].Add("deep/" + std::to_string(t) + "-" + std::to_string(i), "mine");
    columns[t].Add("deep/shared", "one of us");
    threads.emplace_back([&world, &files = columns[t]] { files.Write(*world.held); });
  }
  System system = Kernel();
  system.syncfs = [](int) { return 0; };
  CHECK(world.held->Sync(system).error == 0);
  for (auto& thread : threads) thread.join();
  size_t refused = 0;
  for (const auto& files : columns)
    for (const double outcome : files.outcomes) {
      CHECK(outcome == 0 || outcome == -EEXIST);
      refused += outcome != 0;
    }
  CHECK(refused == kThreads - 1);
}

}  // namespace

int main(int count, char** arguments) {
  root = std::string(count > 1 ? arguments[1] : "/tmp") + "/pfs-many-test-XXXXXX";
  if (::mkdtemp(root.data()) == nullptr) return 1;
  ::umask(022);
  const int failed = pfs::test::RunGroups({{"writes", WritesAsEver},
                                           {"writes, old kernel", WritesOfOld},
                                           {"half made", HalfMade},
                                           {"reads", Reads},
                                           {"reads of what moves", ReadsOfMoving},
                                           {"bounds", Bounds},
                                           {"lists", Lists},
                                           {"threads", Threads}});
  if (::system(("rm -rf " + root).c_str()) != 0) return 1;
  return failed;
}
