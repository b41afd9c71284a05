// system.h: the system calls of this part as a table, so that a test can make them short, interrupted or failing.
//
// Knows Linux's numbers and nothing of what they are used for. Each entry is the call itself: -1 and errno.

#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

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
};

// The kernel's own.
const System& Kernel() noexcept;

// How much was done before it ended, and the errno it ended with; 0: it ended well.
struct Result {
  uint64_t count = 0;
  int error = 0;
};

}  // namespace pfs::file
