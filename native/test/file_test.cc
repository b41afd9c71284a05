// file_test.cc: the calls of file/, with a system that is short, interrupted and failing, and with the real one.
//
// g++ -std=c++20 -O3 -Inative native/test/file_test.cc native/file/*.cc -o file_test && ./file_test [directory]

#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "file/batch.h"
#include "file/copy.h"
#include "file/durable.h"
#include "file/place.h"
#include "file/space.h"
#include "test/check.h"

using namespace pfs::file;
using pfs::test::failures;

namespace {

// ---- a system that does what the script says, then what the kernel does

std::vector<long> script;  // > 0: at most so many bytes; <= 0: that errno, and 0 moves nothing

long NextOfScript(bool& is_scripted) {
  is_scripted = !script.empty();
  if (!is_scripted) return 0;
  const long step = script.front();
  script.erase(script.begin());
  return step;
}

template <class Call>
ssize_t Scripted(const iovec* parts, int count, off_t offset, int fd, const Call& call) {
  bool is_scripted;
  const long step = NextOfScript(is_scripted);
  if (!is_scripted) return call(fd, parts, count, offset);
  if (step == 0) return 0;
  if (step < 0) {
    errno = static_cast<int>(-step);
    return -1;
  }
  std::vector<iovec> cut;
  size_t left = static_cast<size_t>(step);
  for (int i = 0; i < count && left > 0; i++) {
    cut.push_back({parts[i].iov_base, std::min(left, parts[i].iov_len)});
    left -= cut.back().iov_len;
  }
  return call(fd, cut.data(), static_cast<int>(cut.size()), offset);
}

int Failing() {
  bool is_scripted;
  const long step = NextOfScript(is_scripted);
  if (!is_scripted || step == 0) return 0;
  errno = static_cast<int>(-step);
  return -1;
}

System Odd() {
  System system = Kernel();
  system.preadv = [](int fd, const iovec* parts, int count, off_t offset) {
    return Scripted(parts, count, offset, fd, ::preadv);
  };
  system.pwritev = [](int fd, const iovec* parts, int count, off_t offset) {
    return Scripted(parts, count, offset, fd, ::pwritev);
  };
  system.fsync = [](int) { return Failing(); };
  system.fdatasync = [](int) { return Failing(); };
  system.fallocate = [](int, int, off_t, off_t) { return Failing(); };
  system.flock = [](int, int) { return Failing(); };
  return system;
}

std::string root;

int Fresh(const char* name) {
  const std::string path = root + "/" + name;
  ::unlink(path.c_str());
  return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

std::vector<uint8_t> Bytes(size_t count, uint32_t seed) {
  std::vector<uint8_t> bytes(count);
  for (auto& byte : bytes) byte = static_cast<uint8_t>((seed = seed * 1664525 + 1013904223) >> 24);
  return bytes;
}

std::vector<uint8_t> Content(int fd, size_t count) {
  std::vector<uint8_t> bytes(count);
  CHECK(::pread(fd, bytes.data(), count, 0) == static_cast<ssize_t>(count));
  return bytes;
}

// ---- groups

void Batches() {
  const int fd = Fresh("batch");
  const System odd = Odd();
  auto bytes = Bytes(3000, 1);
  const Piece pieces[] = {{0, bytes.data(), 1000}, {1000, bytes.data() + 1000, 0}, {1000, bytes.data() + 1000, 1500},
                          {2500, bytes.data() + 2500, 500}};
  script = {1, -EINTR, 999, -EINTR, -EINTR, 1200, 7};
  Result result = WriteBatch(fd, pieces, odd);
  CHECK(result.count == 3000 && result.error == 0 && script.empty());
  CHECK(Content(fd, 3000) == bytes);

  auto read = std::vector<uint8_t>(3000);
  const Piece into[] = {{2000, read.data() + 2000, 1000}, {0, read.data(), 2000}};
  script = {10, -EINTR, 989, 1, 1500};
  result = ReadBatch(fd, into, odd);
  CHECK(result.count == 3000 && result.error == 0 && read == bytes);

  const Piece past = {2900, read.data(), 200};
  result = ReadBatch(fd, {&past, 1});
  CHECK(result.count == 100 && result.error == 0);
  script = {100, -EIO};
  result = ReadBatch(fd, pieces, odd);
  CHECK(result.count == 100 && result.error == EIO);
  script = {50, -ENOSPC};
  result = WriteBatch(fd, pieces, odd);
  CHECK(result.count == 50 && result.error == ENOSPC);
  script = {50, 0};
  result = WriteBatch(fd, pieces, odd);
  CHECK(result.count == 50 && result.error == EIO);
  script = std::vector<long>(1000, -EINTR);
  CHECK(WriteBatch(fd, pieces, odd).error == EINTR);
  script.clear();
  CHECK(ReadBatch(fd, {}).count == 0);
  CHECK(ReadBatch(-1, pieces).error == EBADF);

  std::vector<Piece> many;  // more than one call takes
  for (size_t i = 0; i < 3000; i++) many.push_back({i, bytes.data() + i, 1});
  const int other = Fresh("many");
  result = WriteBatch(other, many);
  CHECK(result.count == 3000 && result.error == 0 && Content(other, 3000) == bytes);
  ::close(fd);
  ::close(other);
}

void Copies() {
  const System odd = Odd();
  const int source = Fresh("source"), target = Fresh("target");
  auto bytes = Bytes(3 << 20, 2);
  const Piece whole = {0, bytes.data(), bytes.size()};
  CHECK(WriteBatch(source, {&whole, 1}).error == 0);
  std::vector<Run> runs;
  std::vector<uint8_t> wanted;
  for (uint64_t at = 72; at + 70000 < bytes.size(); at += 70000 + (at % 3) * 3000) {
    runs.push_back({source, at, 70000});
    wanted.insert(wanted.end(), bytes.begin() + at, bytes.begin() + at + 70000);
  }
  script = {};
  Result result = CopyRuns(target, 11, runs, odd);
  CHECK(result.count == wanted.size() && result.error == 0);
  auto content = Content(target, wanted.size() + 11);
  CHECK(std::equal(wanted.begin(), wanted.end(), content.begin() + 11));

  script = {100000, -EINTR, 1, 70000, -EIO};  // reads stop: what is there is copied, and it is no error
  result = CopyRuns(Fresh("short"), 0, {runs.data(), 3}, odd);
  CHECK(result.error == 0 && result.count < 210000 && result.count > 0);
  const Run beyond[] = {{source, bytes.size() - 10, 100}, {source, 0, 100}};
  result = CopyRuns(target, 0, beyond);
  CHECK(result.count == 10 && result.error == 0);
  const Run one = {source, 0, 1000};
  script = {1000, 300, -ENOSPC};
  result = CopyRuns(target, 0, {&one, 1}, odd);
  CHECK(result.count == 300 && result.error == ENOSPC);
  script.clear();

  result = CloneRange(source, 0, target, 0, 1 << 20);
  const int whole_clone = Fresh("clone");
  const Result cloned = CloneFile(source, whole_clone);
  CHECK((result.error == 0) == (cloned.error == 0));
  if (cloned.error == 0) CHECK(Content(whole_clone, bytes.size()) == bytes);
  else CHECK(cloned.error == EOPNOTSUPP || cloned.error == EXDEV || cloned.error == ENOTTY || cloned.error == EINVAL);
  std::printf("  (clones here: %s)\n", cloned.error == 0 ? "yes" : std::strerror(cloned.error));
  ::close(whole_clone);
  ::close(source);
  ::close(target);
}

void Space() {
  const System odd = Odd();
  const int fd = Fresh("space");
  auto bytes = Bytes(1 << 20, 3);
  const Piece piece = {2 << 20, bytes.data(), bytes.size()};
  CHECK(::ftruncate(fd, 8 << 20) == 0);
  CHECK(WriteBatch(fd, {&piece, 1}).error == 0);
  const Result data = NextData(fd, 0), hole = NextHole(fd, 2 << 20);
  CHECK(data.error == 0 && data.count <= 2 << 20);
  CHECK(hole.error == 0 && hole.count >= 3 << 20);
  CHECK(NextHole(fd, 8 << 20).error == ENXIO);
  const Result punched = PunchHole(fd, 2 << 20, 1 << 20);
  if (punched.error == 0) {
    CHECK(NextData(fd, 0).error == ENXIO);
    CHECK(Content(fd, 8 << 20) == std::vector<uint8_t>(8 << 20));
  }
  CHECK(PunchHole(fd, 0, 0).error == 0);
  const Result room = Allocate(fd, 8 << 20, 1 << 20, true);
  struct stat stats;
  CHECK(::fstat(fd, &stats) == 0 && stats.st_size == 8 << 20);
  if (room.error == 0) CHECK(stats.st_blocks >= (1 << 20) / 512);
  script = {-EINTR, -ENOSPC};
  CHECK(Allocate(fd, 0, 1, false, odd).error == ENOSPC);
  ::close(fd);
}

void Durable() {
  const System odd = Odd();
  const int fds[] = {Fresh("a"), Fresh("b"), Fresh("c")};
  CHECK(SyncGroup(fds, false).count == 3 && SyncGroup(fds, true).count == 3);
  script = {0, -EINTR, -EIO, 0};  // the second fails after an interruption, the third is synced all the same
  const Result result = SyncGroup(fds, false, odd);
  CHECK(result.count == 2 && result.error == EIO);
  CHECK(StartWriteback(fds[0], 0, 4096).error == 0 && StartWriteback(fds[0], 0, 0).error == 0);
  CHECK(StartWriteback(-1, 0, 1).error == EBADF);
  CHECK(Advise(fds[0], 0, 0, POSIX_FADV_DONTNEED).error == 0);
  for (const int fd : fds) ::close(fd);
}

int openat2_errno = 0;

void Beneath(const char* what, const System& system) {
  const int before = failures;
  const std::string base = root + "/beneath";
  if (::system(("rm -rf " + base + " && mkdir -p " + base + "/in/deep " + base + "/out && ln -s ../out " + base +
                "/in/link && ln -s ../out/victim " + base + "/in/file && echo x > " + base + "/out/victim")
                   .c_str()) != 0)
    failures++;
  const int directory = ::open((base + "/in").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int create = O_RDWR | O_CREAT;
  const auto errno_of = [&](const char* path, int flags) {
    const Result result = OpenBeneath(directory, path, flags, 0640, system);
    if (result.error == 0) ::close(static_cast<int>(result.count));
    return result.error;
  };
  CHECK(errno_of("new", create | O_EXCL) == 0);
  CHECK(errno_of("new", create | O_EXCL) == EEXIST);
  CHECK(errno_of("deep/new", create) == 0 && errno_of("deep//./new", O_RDONLY) == 0);
  CHECK(errno_of("../out/victim", O_RDONLY) == EXDEV);
  CHECK(errno_of("deep/../../out/victim", O_RDONLY) == EXDEV);
  CHECK(errno_of("/etc/passwd", O_RDONLY) == EXDEV);
  for (const char* path : {"link/victim", "file", "link"}) {
    const int error = errno_of(path, create);
    CHECK(error == ELOOP || error == ENOTDIR);
  }
  CHECK(errno_of("link/planted", create) != 0 && ::access((base + "/out/planted").c_str(), F_OK) != 0);
  CHECK(errno_of("nothing/new", create) == ENOENT && errno_of("", create) == ENOENT);
  CHECK(errno_of(std::string(300, 'x').c_str(), create) == ENAMETOOLONG);
  CHECK(errno_of("new/under", create) == ENOTDIR);
  struct stat stats;
  CHECK(::fstatat(directory, "new", &stats, 0) == 0 && (stats.st_mode & 07777) == (0640 & ~::umask(022)));
  ::close(directory);
  std::printf("  beneath by %s: %s\n", what, failures == before ? "ok" : "FAILED");
}

void Places() {
  System system = Kernel();
  const int probe = system.openat2(AT_FDCWD, "/", O_RDONLY | O_CLOEXEC, 0, 0);
  if (probe >= 0) {
    ::close(probe);
    Beneath("openat2", system);
  }
  system.openat2 = [](int, const char*, uint64_t, uint64_t, uint64_t) {
    errno = openat2_errno;
    return -1;
  };
  openat2_errno = ENOSYS;
  Beneath("steps", system);
  openat2_errno = EAGAIN;
  CHECK(OpenBeneath(AT_FDCWD, "x", O_RDONLY, 0, system).error == EAGAIN);

  const int fd = Fresh("times");
  for (const int64_t seconds : {int64_t{1234567890}, int64_t{0}, int64_t{-86401}}) {
    CHECK(SetTimes(fd, {seconds, 1}, {seconds, 987654321}).error == 0);
    struct stat stats;
    CHECK(::fstat(fd, &stats) == 0 && stats.st_mtim.tv_sec == seconds && stats.st_mtim.tv_nsec == 987654321);
  }
  CHECK(SetTimes(-1, {}, {}).error == EBADF);

  const int first = ::open((root + "/times").c_str(), O_RDONLY | O_CLOEXEC);
  CHECK(LockExclusive(fd).error == 0 && LockExclusive(first).error == EWOULDBLOCK);
  ::close(fd);
  CHECK(LockExclusive(first).error == 0);
  ::close(first);
  script = {-EINTR, -EWOULDBLOCK};
  CHECK(LockExclusive(0, Odd()).error == EWOULDBLOCK);
}

}  // namespace

int main(int count, char** arguments) {
  const char* where = count > 1 ? arguments[1] : "/tmp";
  root = std::string(where) + "/pfs-file-test-XXXXXX";
  if (::mkdtemp(root.data()) == nullptr) return 1;
  const int failed = pfs::test::RunGroups(
      {{"batches", Batches}, {"copies", Copies}, {"space", Space}, {"durable", Durable}, {"places", Places}});
  if (::system(("rm -rf " + root).c_str()) != 0) return 1;
  return failed;
}
