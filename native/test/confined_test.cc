// confined_test.cc: what is done below a held directory stays below it, by this kernel's calls and by those of old ones.
//
// g++ -std=c++20 -O3 -Inative native/test/confined_test.cc native/file/*.cc -o confined_test && ./confined_test [directory]

#include "file/confined.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "file/remove.h"
#include "file/rename.h"
#include "test/confined_world.h"

using namespace pfs::file;
using namespace pfs::file::test;

namespace {

std::string root;
const System* kernel = &Kernel();

// A result as one number: what was done, or the negative fault.
long Told(const Result& result) { return result.error != 0 ? -result.error : static_cast<long>(result.count); }

long Closed(const Result& result) {
  if (result.error == 0) ::close(static_cast<int>(result.count));
  return result.error != 0 ? -result.error : 0;
}

std::set<std::string> Names(World& world, std::optional<Path> path, long told = 0) {
  std::vector<uint8_t> packed;
  CHECK(Told(ListNames(*world.held, path, packed, *kernel)) == told);
  std::set<std::string> names;
  for (size_t at = 0; at < packed.size();) {
    const size_t length = packed[at] | packed[at + 1] << 8;
    names.emplace(reinterpret_cast<const char*>(packed.data()) + at + 2, length);
    at += 2 + length;
  }
  return names;
}

void Paths() {
  const std::string longest(255, 'x');
  std::string most = "a";
  while (most.size() < 4095) most += "/a";
  for (const auto& good : {std::string("a"), std::string("..."), std::string("a/.b/c.."), longest, longest + "/" + longest,
                           std::string("\xff\xfe\n\x01"), most})
    CHECK(IsBelow(P(good)));
  for (const auto& bad : {std::string(), std::string("/"), std::string("/a"), std::string("a/"), std::string("a//b"),
                          std::string("."), std::string("./a"), std::string("a/."), std::string(".."), std::string("../a"),
                          std::string("a/../b"), std::string("a/.."), std::string("a\0b", 3), std::string("\0", 1),
                          longest + "x", "a/" + longest + "x/b", most + "a", most + "/"})
    CHECK(!IsBelow(P(bad)));
}

// Every call by `path`; all but those that only look at what is there must say `told`.
void Everything(World& world, const char* path, long told) {
  Held& held = *world.held;
  Entry entry;
  std::vector<uint8_t> bytes;
  const long stat = Told(Stat(held, P(path), entry, *kernel));
  CHECK(stat == told);
  CHECK(Told(ReadLink(held, P(path), bytes, *kernel)) == told);
  CHECK(Told(ListNames(held, P(path), bytes, *kernel)) == told);
  CHECK(Told(MakeDirectory(held, P(path), 0755, *kernel)) == told);
  CHECK(Closed(Create(held, P(path), 0644, *kernel)) == told);
  CHECK(Closed(OpenFile(held, P(path), false, *kernel)) == told);
  CHECK(Closed(OpenFile(held, P(path), true, *kernel)) == told);
  CHECK(Told(MakeLink(held, P("text"), P(path), *kernel)) == told);
  CHECK(Told(AddName(held, P(path), P("new"), *kernel)) == told);
  CHECK(Told(AddName(held, P("plain"), P(path), *kernel)) == told);
  for (const bool may_replace : {true, false}) {
    CHECK(Told(Rename(held, P(path), held, P("new"), may_replace, *kernel)) == told);
    CHECK(Told(Rename(held, P("plain"), held, P(path), may_replace, *kernel)) == told);
  }
  CHECK(Told(Remove(held, P(path), *kernel)) == told);
  CHECK(Told(RemoveTree(held, P(path), *kernel)) == (told == -ENOENT ? 0 : told));
  CHECK(Told(SetMode(held, P(path), 0777, *kernel)) == told);
  CHECK(Told(SetOwner(held, P(path), 1, 1, *kernel)) == told);
  CHECK(Told(SetModified(held, P(path), {1, 2}, *kernel)) == told);
  CHECK(::access(world.In("plain").c_str(), F_OK) == 0 && ::access(world.In("new").c_str(), F_OK) != 0);
  CHECK(world.IsUntouched());
}

void Attacks() {
  World world(root);
  CHECK(::symlink("../../out", world.In("deep/link").c_str()) == 0);
  CHECK(::symlink("/", world.In("slash").c_str()) == 0);
  CHECK(::symlink("/proc/self/fd", world.In("magic").c_str()) == 0);
  for (const char* path : {"../out/victim", "deep/../../out/victim", "/etc/passwd", "deep//x", "", "deep/", "."})
    Everything(world, path, -kMalformed);
  for (const char* path : {"link/victim", "link/new", "deep/link/victim", "slash/etc/passwd", "link/a/b", "magic/0"})
    Everything(world, path, -kLink);
  for (const char* path : {"plain/x", "plain/x/y"}) Everything(world, path, -kNotDirectory);
  for (const char* path : {"nothing/x", "deep/nothing/x"}) Everything(world, path, -ENOENT);
}

// A link as the last component is itself what is looked at, moved or removed, or it is refused.
void Ends() {
  World world(root);
  Held& held = *world.held;
  Entry entry;
  std::vector<uint8_t> text;
  CHECK(Told(Stat(held, P("file"), entry, *kernel)) == 0 && S_ISLNK(entry.mode));
  CHECK(ReadLink(held, P("file"), text, *kernel).error == 0 && std::string(text.begin(), text.end()) == "../out/victim");
  CHECK(Told(ReadLink(held, P("plain"), text, *kernel)) == -EINVAL);
  CHECK(Names(world, P("link"), -kLink).empty() && Names(world, P("plain"), -kNotDirectory).empty());
  CHECK(Closed(Create(held, P("file"), 0644, *kernel)) == -EEXIST && Closed(Create(held, P("link"), 0644, *kernel)) == -EEXIST);
  CHECK(Told(MakeDirectory(held, P("link"), 0755, *kernel)) == -EEXIST);
  for (const bool writes : {false, true}) CHECK(Closed(OpenFile(held, P("file"), writes, *kernel)) == -kLink);
  CHECK(Told(AddName(held, P("file"), P("new"), *kernel)) == -kLink);
  CHECK(Told(AddName(held, P("plain"), P("file"), *kernel)) == -EEXIST);
  CHECK(Told(SetMode(held, P("file"), 0777, *kernel)) == -kLink && Told(SetMode(held, P("link"), 0, *kernel)) == -kLink);
  CHECK(Told(SetModified(held, P("file"), {-86401, 999999999}, *kernel)) == 0);
  CHECK(Told(Stat(held, P("file"), entry, *kernel)) == 0 && entry.mtime_seconds == -86401 && entry.mtime_nanos == 999999999);
  if (::getuid() == 0) CHECK(Told(SetOwner(held, P("file"), 12, 34, *kernel)) == 0);
  CHECK(Told(RemoveTree(held, P("link"), *kernel)) == 0 && Told(Remove(held, P("file"), *kernel)) == 0);
  CHECK(Told(Stat(held, P("link"), entry, *kernel)) == -ENOENT);

  CHECK(Told(MakeLink(held, P(""), P("new"), *kernel)) == -ENOENT);
  CHECK(Told(MakeLink(held, P(std::string_view("a\0b", 3)), P("new"), *kernel)) == -kMalformed);
  CHECK(Told(MakeLink(held, P(std::string(4096, 'x')), P("new"), *kernel)) == -ENAMETOOLONG);
}

// Nothing but a regular file is opened, and a pipe that nobody writes to is not waited for.
void Openings() {
  World world(root);
  Held& held = *world.held;
  CHECK(::mkfifo(world.In("pipe").c_str(), 0666) == 0);
  const bool has_device = ::mknod(world.In("device").c_str(), S_IFCHR | 0666, makedev(1, 5)) == 0;
  for (const bool writes : {false, true}) {
    CHECK(Closed(OpenFile(held, P("pipe"), writes, *kernel)) == -EINVAL);
    if (has_device) CHECK(Closed(OpenFile(held, P("device"), writes, *kernel)) == -EINVAL);
    CHECK(Closed(OpenFile(held, P("deep"), writes, *kernel)) == -EISDIR);
    CHECK(Closed(OpenFile(held, P("plain"), writes, *kernel)) == 0);
  }
  CHECK(Told(AddName(held, P("pipe"), P("new"), *kernel)) == -EINVAL && Told(AddName(held, P("deep"), P("new"), *kernel)) == -EISDIR);
  Entry entry;
  CHECK(Told(AddName(held, P("plain"), P("deep/second"), *kernel)) == 0);
  CHECK(Told(Stat(held, P("deep/second"), entry, *kernel)) == 0 && entry.link_count == 2);
  for (const mode_t mode : {04751u, 0u, 02644u}) {
    CHECK(Told(SetMode(held, P("plain"), mode, *kernel)) == 0 && Told(SetMode(held, P("deep"), mode, *kernel)) == 0);
    CHECK(Told(Stat(held, P("plain"), entry, *kernel)) == 0 && (entry.mode & 07777) == mode);
    CHECK(Told(Stat(held, P("deep"), entry, *kernel)) == 0 && (entry.mode & 07777) == mode);
  }
}

void Renames() {
  World world(root);
  Held& held = *world.held;
  const auto move = [&](const char* from, const char* to, bool may_replace) {
    return Told(Rename(held, P(from), held, P(to), may_replace, *kernel));
  };
  for (const char* name : {"dir", "full", "full/x"}) CHECK(Told(MakeDirectory(held, P(name), 0755, *kernel)) == 0);
  CHECK(Closed(Create(held, P("other"), 0644, *kernel)) == 0);
  for (const char* there : {"dir", "full", "other", "file", "link", "plain"}) CHECK(move("plain", there, false) == -EEXIST);
  for (const char* there : {"dir", "other", "file"}) CHECK(move("deep", there, false) == -EEXIST);
  CHECK(move("plain", "dir", true) == -EISDIR && move("deep", "other", true) == -ENOTDIR);
  CHECK(move("deep", "full", true) == -ENOTEMPTY && move("none", "new", false) == -ENOENT);
  CHECK(move("full", "full/x/y", false) == -EINVAL);
  CHECK(move("plain", "deep/plain", false) == 0 && move("deep/plain", "plain", false) == 0);
  CHECK(move("file", "moved", false) == 0 && move("plain", "moved", true) == 0 && move("deep", "dir", true) == 0);
  CHECK((Names(world, {}) == std::set<std::string>{"dir", "full", "link", "moved", "other"}));
  World second(root);
  CHECK(Told(Rename(held, P("moved"), *second.held, P("deep/here"), false, *kernel)) == 0);
  CHECK(::access(second.In("deep/here").c_str(), F_OK) == 0);
}

// As on FAT: no second names either.
void RenamesWithoutLinks() {
  World world(root);
  System system = OldKernel();
  system.linkat = [](int, const char*, int, const char*, int) { return errno = EPERM, -1; };
  kernel = &system;
  CHECK(Told(Rename(*world.held, P("plain"), *world.held, P("file"), false, system)) == -EEXIST);
  CHECK(Told(Rename(*world.held, P("plain"), *world.held, P("new"), false, system)) == 0);
  kernel = &Kernel();
}

int unknown_kinds = 0;

void Trees() {
  // in memory where that is: 20,000 directories on a disk take seconds
  World world(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : root);
  Held& held = *world.held;
  // 10,000 levels, which no path reaches: towers put on top of each other
  const size_t levels = 10000, floors = 50;
  std::string tower;
  for (size_t i = 0; i < floors; i++) tower += i == 0 ? "d" : "/d";
  for (size_t built = 0; built < levels; built += floors) {
    CHECK(Told(MakeDirectory(held, P("t"), 0755, *kernel)) == 0);
    std::string path = "t";
    for (size_t i = 1; i < floors; i++) CHECK(Told(MakeDirectory(held, P(path += "/d"), 0755, *kernel)) == 0);
    CHECK(Closed(Create(held, P(path + "/f"), 0644, *kernel)) == 0);
    if (built > 0) CHECK(Told(Rename(held, P("tower"), held, P(path + "/d"), false, *kernel)) == 0);
    CHECK(Told(Rename(held, P("t"), held, P("tower"), false, *kernel)) == 0);
  }
  CHECK(Told(Remove(held, P("tower"), *kernel)) == -ENOTEMPTY);
  CHECK(Told(RemoveTree(held, P("tower"), *kernel)) == 0);

  // wide and deep enough for the way up to be found by "..", with links out of it, and kinds that the kernel does not tell
  System system = *kernel;
  system.getdents64 = [](int directory, void* entries, size_t bytes) {
    const ssize_t count = Kernel().getdents64(directory, entries, bytes);
    auto* raw = static_cast<uint8_t*>(entries);
    for (ssize_t at = 0; at < count; at += raw[at + 16] | raw[at + 17] << 8) raw[at + 18] = 0, unknown_kinds++;
    return count;
  };
  for (const System* each : {kernel, static_cast<const System*>(&system)}) {
    std::string path = "w";
    for (int depth = 0; depth < 80; depth++) {
      CHECK(Told(MakeDirectory(held, P(path), 0755, *kernel)) == 0);
      for (const char* name : {"/a", "/b"}) CHECK(Told(MakeDirectory(held, P(path + name), 0755, *kernel)) == 0);
      CHECK(Closed(Create(held, P(path + "/f"), 0644, *kernel)) == 0);
      CHECK(Told(MakeLink(held, P(world.base + "/out"), P(path + "/l"), *kernel)) == 0);
      path += "/d";
    }
    CHECK(Told(RemoveTree(held, P("w"), *each)) == 0);
  }
  CHECK(unknown_kinds > 0);
  CHECK(Told(RemoveTree(held, P("w"), *kernel)) == 0 && Told(RemoveTree(held, P("plain"), *kernel)) == 0);
  CHECK(Told(Remove(held, P("deep"), *kernel)) == 0 && Told(Remove(held, P("deep"), *kernel)) == -ENOENT);
  CHECK((Names(world, {}) == std::set<std::string>{"file", "link"}));
}

// A directory moved away, and a link in its place: what is held stays what it was.
void Swaps() {
  World world(root);
  CHECK(::rename((world.base + "/in").c_str(), (world.base + "/moved").c_str()) == 0);
  CHECK(::symlink("out", (world.base + "/in").c_str()) == 0);
  CHECK(Closed(Create(*world.held, P("deep/new"), 0600, *kernel)) == 0);
  CHECK(::access((world.base + "/moved/deep/new").c_str(), F_OK) == 0);

  CHECK(::unlink((world.base + "/in").c_str()) == 0);
}

// What an adversary does between two of our system calls, once.
std::function<void(const char* name)> meddle;
void Meddle(const char* name) {
  if (auto once = std::exchange(meddle, nullptr)) once(name);
}

void Races() {
  System system = Kernel();
  system.openat = [](int directory, const char* name, int flags, mode_t mode) {
    Meddle(name);
    return ::openat(directory, name, flags, mode);
  };
  system.openat2 = [](int directory, const char* path, uint64_t flags, uint64_t mode, uint64_t resolve) {
    // a tree's own directory first, and then one in it
    if (std::string_view(path) != "tree") Meddle(path);
    return Kernel().openat2(directory, path, flags, mode, resolve);
  };
  system.linkat = [](int from, const char* name, int to, const char* new_name, int flags) {
    Meddle(name);
    return ::linkat(from, name, to, new_name, flags);
  };
  World world(root);
  Held& held = *world.held;
  const auto replace = [&](const std::string& name, const char* text) {
    CHECK(::rename(world.In(name).c_str(), world.In("away").c_str()) == 0);
    CHECK(::symlink(text, world.In(name).c_str()) == 0);
  };
  const auto restore = [&](const std::string& name) {
    CHECK(::rename(world.In("away").c_str(), world.In(name).c_str()) == 0);
  };

  // a file that was looked at becomes a link, or a pipe
  meddle = [&](const char*) { replace("plain", "../out/victim"); };
  CHECK(Closed(OpenFile(held, P("plain"), true, system)) == -kLink);
  restore("plain");
  for (const bool writes : {true, false}) {
    meddle = [&](const char*) {
      CHECK(::rename(world.In("plain").c_str(), world.In("away").c_str()) == 0);
      CHECK(::mkfifo(world.In("plain").c_str(), 0666) == 0);
    };
    CHECK(Closed(OpenFile(held, P("plain"), writes, system)) == -EINVAL);
    restore("plain");
  }
  for (const bool is_number_free : {false, true}) {
    meddle = [&](const char*) {
      replace("plain", "../out/victim");
      if (!is_number_free) return;
      CHECK(::unlink(world.In("plain").c_str()) == 0 && ::unlink(world.In("away").c_str()) == 0);
      CHECK(::symlink("../out/victim", world.In("plain").c_str()) == 0);
    };
    CHECK(Told(AddName(held, P("plain"), P("new"), system)) == -ESTALE);
    struct stat found;
    CHECK(::lstat(world.In("new").c_str(), &found) != 0);
    if (!is_number_free) restore("plain");
  }

  // a directory in a tree that is removed becomes a link: the link goes, what it leads to does not
  const auto make = [&](const char* path) { CHECK(Told(MakeDirectory(held, P(path), 0755)) == 0); };
  make("tree");
  make("tree/d");
  meddle = [&](const char*) { replace("tree/d", "../../out"); };
  CHECK(Told(RemoveTree(held, P("tree"), system)) == 0 && meddle == nullptr);
  CHECK(::rmdir(world.In("away").c_str()) == 0);

  // one so deep that the way up must be found again is moved out of its tree: what is above it there stays
  std::string path = "tree";
  make("tree");
  for (int depth = 0; depth < 40; depth++) make((path += "/d").c_str());
  make("deep/bystander");
  meddle = nullptr;
  system.openat = [](int directory, const char* name, int flags, mode_t mode) {
    if (std::string_view(name) == "..") Meddle(name);
    return ::openat(directory, name, flags, mode);
  };
  system.openat2 = Kernel().openat2;
  meddle = [&](const char*) {
    const std::string moved = "tree/d/d/d/d/d/d/d/d";
    CHECK(::rename(world.In(moved).c_str(), world.In("deep/moved").c_str()) == 0);
  };
  CHECK(Told(RemoveTree(held, P("tree"), system)) == -ESTALE && meddle == nullptr);
  CHECK(::access(world.In("deep/bystander").c_str(), F_OK) == 0);
}

// In a namespace of a child's own: what is mounted below is entered, synced, and not emptied.
void OtherMounts() {
  const pid_t child = ::fork();
  if (child == 0) {
    pfs::test::failures = 0;
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) ::_exit(77);
    {
      World world(root);
      if (::mount("pfs-test", world.In("deep").c_str(), "tmpfs", 0, nullptr) != 0) ::_exit(77);
      static int synced = 0;
      System system = *kernel;
      system.syncfs = [](int) { return synced++, 0; };
      CHECK(Told(Held(::dup(world.held->Directory())).Sync(system)) == 0 && synced == 1);
      for (const char* name : {"deep/a", "deep/b"}) CHECK(Closed(Create(*world.held, P(name), 0600, *kernel)) == 0);
      CHECK(Told(world.held->Sync(system)) == 0 && synced == 3);
      CHECK(Told(Rename(*world.held, P("plain"), *world.held, P("deep/c"), false, *kernel)) == -EXDEV);
      CHECK(Told(MakeDirectory(*world.held, P("tree"), 0755, *kernel)) == 0);
      CHECK(Told(RemoveTree(*world.held, P("deep"), *kernel)) == -EBUSY && Names(world, P("deep")).size() == 2);
      world.held.reset();
      CHECK(::umount(world.In("deep").c_str()) == 0);
    }
    ::_exit(pfs::test::failures == 0 ? 0 : 1);
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child && WIFEXITED(status));
  if (WEXITSTATUS(status) == 77) std::printf("  (mounts: not allowed here)\n");
  else CHECK(WEXITSTATUS(status) == 0);
}

void Syncs() {
  World world(root);
  CHECK(Told(world.held->Sync()) == 0);
  System system = Kernel();
  system.syncfs = [](int) { return errno = EIO, -1; };
  CHECK(Told(world.held->Sync(system)) == -EIO);
}

// The groups by what an old kernel has.
template <void (*kGroup)()>
void Old() {
  static const System old = OldKernel();
  kernel = &old;
  kGroup();
  kernel = &Kernel();
}

}  // namespace

int main(int count, char** arguments) {
  root = std::string(count > 1 ? arguments[1] : "/tmp") + "/pfs-confined-test-XXXXXX";
  if (::mkdtemp(root.data()) == nullptr) return 1;
  ::umask(022);
  const int failed = pfs::test::RunGroups({{"paths", Paths},
                                           {"attacks", Attacks},
                                           {"attacks, old kernel", Old<Attacks>},
                                           {"ends", Ends},
                                           {"ends, old kernel", Old<Ends>},
                                           {"openings", Openings},
                                           {"openings, old kernel", Old<Openings>},
                                           {"renames", Renames},
                                           {"renames, old kernel", Old<Renames>},
                                           {"renames without links", RenamesWithoutLinks},
                                           {"trees", Trees},
                                           {"trees, old kernel", Old<Trees>},
                                           {"races", Races},
                                           {"swaps", Swaps},
                                           {"swaps, old kernel", Old<Swaps>},
                                           {"mounts", OtherMounts},
                                           {"mounts, old kernel", Old<OtherMounts>},
                                           {"syncs", Syncs}});
  if (::system(("rm -rf " + root).c_str()) != 0) return 1;
  return failed;
}
