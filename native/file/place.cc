// place.cc: see place.h.

#include "file/place.h"

#include <linux/openat2.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "file/descriptor.h"

namespace pfs::file {
namespace {

constexpr uint64_t kBeneath = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
// EAGAIN: a rename elsewhere raced with RESOLVE_BENEATH, and the kernel asks to be asked again.
constexpr int kTriesMax = 32;
constexpr size_t kNameBytesMax = 255;

Result Opened(int fd) noexcept {
  if (fd < 0) return {0, errno};
  return {static_cast<uint64_t>(fd), 0};
}

// A link that is not followed is no directory either: which of the two it was.
int WhatStoppedAt(int directory, const char* name, int error) noexcept {
  struct stat found;
  if (error != ENOTDIR || ::fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) != 0) return error;
  return S_ISLNK(found.st_mode) ? ELOOP : ENOTDIR;
}

bool AreOnOneDevice(int a, int b) noexcept {
  struct stat one, other;
  return ::fstat(a, &one) == 0 && ::fstat(b, &other) == 0 && one.st_dev == other.st_dev;
}

// For kernels before 5.6, and sandboxes that know no openat2: one component after another, none of them a link.
Result OpenStepwise(int directory, const char* path, const open_how& how, const System& system) noexcept {
  if (*path == '\0') return {0, ENOENT};
  if (*path == '/') return {0, EXDEV};
  Descriptor held;
  int at = directory;
  while (true) {
    const size_t length = std::strcspn(path, "/");
    if (length > kNameBytesMax) return {0, ENAMETOOLONG};
    char name[kNameBytesMax + 1];
    std::memcpy(name, path, length);
    name[length] = '\0';
    const char* rest = path + length;
    while (*rest == '/') rest++;
    if (std::strcmp(name, "..") == 0) return {0, EXDEV};  // openat2 would let some of these pass: nobody needs them
    const bool is_last = *rest == '\0';
    int flags = O_PATH | O_DIRECTORY;
    if (is_last) flags = static_cast<int>(how.flags) | (path[length] == '/' ? O_DIRECTORY : 0);
    const int next = system.openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC, static_cast<mode_t>(how.mode));
    if (next < 0) return {0, WhatStoppedAt(at, name, errno)};
    held.Become(next);
    if ((how.resolve & RESOLVE_NO_XDEV) != 0 && !AreOnOneDevice(directory, next)) return {0, EXDEV};
    if (is_last) return Opened(held.Release());
    at = next;
    path = rest;
  }
}

Result Open(int directory, const char* path, const open_how& how, const System& system) noexcept {
  for (int tries = 0; tries < kTriesMax; tries++) {
    const int fd = system.openat2(directory, path, how.flags, how.mode, how.resolve);
    if (fd >= 0) return Opened(fd);
    if (errno == ENOSYS || errno == EPERM) return OpenStepwise(directory, path, how, system);
    if (errno != EAGAIN && errno != EINTR) return {0, errno};
  }
  return {0, EAGAIN};
}

}  // namespace

Result OpenBeneath(int directory, const char* path, int flags, mode_t mode, const System& system) noexcept {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC | O_NOFOLLOW);
  // openat2 refuses what open ignores: a mode that creates nothing
  how.mode = (flags & O_CREAT) != 0 ? mode & 07777 : 0;
  how.resolve = kBeneath;
  return Open(directory, path, how, system);
}

Result OpenDirectoryBeneath(int directory, const char* path, int flags, Mounts mounts, const System& system) noexcept {
  open_how how{};
  // without O_NOFOLLOW, under which a link at the end would be told as no directory
  how.flags = static_cast<uint64_t>(flags | O_DIRECTORY | O_CLOEXEC);
  how.resolve = kBeneath | (mounts == Mounts::kNone ? RESOLVE_NO_XDEV : 0);
  return Open(directory, path, how, system);
}

Result SetTimes(int fd, FileTime accessed, FileTime modified) noexcept {
  const timespec times[2] = {{static_cast<time_t>(accessed.seconds), static_cast<long>(accessed.nanos)},
                             {static_cast<time_t>(modified.seconds), static_cast<long>(modified.nanos)}};
  if (::futimens(fd, times) != 0) return {0, errno};
  return {};
}

Result LockExclusive(int fd, const System& system) noexcept {
  int status = 0;
  do {
    status = system.flock(fd, LOCK_EX | LOCK_NB);
  } while (status != 0 && errno == EINTR);
  return {0, status == 0 ? 0 : errno};
}

}  // namespace pfs::file
