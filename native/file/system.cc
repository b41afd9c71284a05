// system.cc: see system.h.

#include "file/system.h"

#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace pfs::file {

// Newer than the headers of many machines; one number on every processor.
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

const System& Kernel() noexcept {
  static const System kernel = {
      .preadv = ::preadv,
      .pwritev = ::pwritev,
      .ioctl = [](int fd, unsigned long request, const void* argument) { return ::ioctl(fd, request, argument); },
      .fallocate = ::fallocate,
      .lseek = ::lseek,
      .fsync = ::fsync,
      .fdatasync = ::fdatasync,
      .sync_file_range = ::sync_file_range,
      .openat = [](int directory, const char* name, int flags, mode_t mode) {
        return ::openat(directory, name, flags, mode);
      },
      .openat2 = [](int directory, const char* path, uint64_t flags, uint64_t mode, uint64_t resolve) {
        open_how how{};
        how.flags = flags;
        how.mode = mode;
        how.resolve = resolve;
        return static_cast<int>(::syscall(SYS_openat2, directory, path, &how, sizeof how));
      },
      .flock = ::flock,
      .linkat = ::linkat,
      .renameat2 = [](int from_directory, const char* from, int to_directory, const char* to, unsigned flags) {
        return static_cast<int>(::syscall(SYS_renameat2, from_directory, from, to_directory, to, flags));
      },
      .fchmodat2 = [](int directory, const char* name, mode_t mode, int flags) {
        return static_cast<int>(::syscall(SYS_fchmodat2, directory, name, mode, flags));
      },
      .getdents64 = [](int directory, void* entries, size_t bytes) {
        return static_cast<ssize_t>(::syscall(SYS_getdents64, directory, entries, bytes));
      },
      .syncfs = ::syncfs,
  };
  return kernel;
}

}  // namespace pfs::file
