// system.h: the system calls of this part as a table, so that a test can make them short, interrupted or failing.
//
// Knows Linux's numbers and nothing of what they are used for. Each entry is the call itself: -1 and errno.

#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstdint>

namespace pfs::file {

struct System {
  ssize_t (*preadv)(int fd, const iovec* parts, int count, off_t offset);
  ssize_t (*pwritev)(int fd, const iovec* parts, int count, off_t offset);
  int (*ioctl)(int fd, unsigned long request, const void* argument);
  int (*fallocate)(int fd, int mode, off_t offset, off_t bytes);
  off_t (*lseek)(int fd, off_t offset, int whence);
  int (*fsync)(int fd);
  int (*fdatasync)(int fd);
  int (*sync_file_range)(int fd, off_t offset, off_t bytes, unsigned flags);
  int (*openat)(int directory, const char* name, int flags, mode_t mode);
  // openat2(2), which the C library does not have.
  int (*openat2)(int directory, const char* path, uint64_t flags, uint64_t mode, uint64_t resolve);
  int (*flock)(int fd, int operation);
  int (*linkat)(int from_directory, const char* from, int to_directory, const char* to, int flags);
  int (*renameat2)(int from_directory, const char* from, int to_directory, const char* to, unsigned flags);
  // fchmodat2(2), of Linux 6.6: the one that knows AT_SYMLINK_NOFOLLOW.
  int (*fchmodat2)(int directory, const char* name, mode_t mode, int flags);
  ssize_t (*getdents64)(int directory, void* entries, size_t bytes);
  int (*syncfs)(int fd);
};

// The kernel's own.
const System& Kernel() noexcept;

// A call, and again after an interruption.
template <class Call>
auto Uninterrupted(const Call& call) noexcept {
  auto status = call();
  while (status < 0 && errno == EINTR) status = call();
  return status;
}

// How much was done before it ended, and the errno it ended with; 0: it ended well.
struct Result {
  uint64_t count = 0;
  int error = 0;
};

}  // namespace pfs::file
