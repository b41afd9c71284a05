// place.cc: see place.h.

#include "file/place.h"

#include <linux/openat2.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace pfs::file {
namespace {

constexpr uint64_t kBeneath = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
// EAGAIN: a rename elsewhere raced with RESOLVE_BENEATH, and the kernel asks to be asked again.
constexpr int kTriesMax = 32;
constexpr size_t kNameBytesMax = 255;

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void Become(int fd) noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

Result Opened(int fd) noexcept {
  if (fd < 0) return {0, errno};
  return {static_cast<uint64_t>(fd), 0};
}

// For kernels before 5.6, and sandboxes that know no openat2: one component after another, none of them a link.
Result OpenStepwise(int directory, const char* path, int flags, mode_t mode, const System& system) noexcept {
  if (*path == '\0') return {0, ENOENT};
  if (*path == '/') return {0, EXDEV};
  Descriptor held(-1);
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
    if (*rest == '\0') {
      if (path[length] == '/') flags |= O_DIRECTORY;
      return Opened(system.openat(at, name, flags, mode));
    }
    const int next = system.openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
    if (next < 0) return {0, errno};
    held.Become(next);
    at = next;
    path = rest;
  }
}

}  // namespace

Result OpenBeneath(int directory, const char* path, int flags, mode_t mode, const System& system) noexcept {
  flags |= O_CLOEXEC | O_NOFOLLOW;
  // openat2 refuses what open ignores: a mode that creates nothing
  const uint64_t mode_wanted = (flags & O_CREAT) != 0 ? mode & 07777 : 0;
  for (int tries = 0; tries < kTriesMax; tries++) {
    const int fd = system.openat2(directory, path, static_cast<uint64_t>(flags), mode_wanted, kBeneath);
    if (fd >= 0) return Opened(fd);
    if (errno == ENOSYS || errno == EPERM) return OpenStepwise(directory, path, flags, mode, system);
    if (errno != EAGAIN && errno != EINTR) return {0, errno};
  }
  return {0, EAGAIN};
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
