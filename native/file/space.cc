// space.cc: see space.h.

#include "file/space.h"

#include <unistd.h>

#include <cerrno>

namespace pfs::file {
namespace {

Result Seek(int fd, uint64_t offset, int whence, const System& system) noexcept {
  const off_t at = system.lseek(fd, static_cast<off_t>(offset), whence);
  if (at < 0) return {0, errno};
  return {static_cast<uint64_t>(at), 0};
}

Result Change(int fd, int mode, uint64_t offset, uint64_t bytes, const System& system) noexcept {
  if (bytes == 0) return {};  // the kernel calls an empty range EINVAL
  int status = 0;
  do {
    status = system.fallocate(fd, mode, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  } while (status != 0 && errno == EINTR);
  if (status != 0) return {0, errno};
  return {bytes, 0};
}

}  // namespace

Result NextData(int fd, uint64_t offset, const System& system) noexcept {
  return Seek(fd, offset, SEEK_DATA, system);
}

Result NextHole(int fd, uint64_t offset, const System& system) noexcept {
  return Seek(fd, offset, SEEK_HOLE, system);
}

Result PunchHole(int fd, uint64_t offset, uint64_t bytes, const System& system) noexcept {
  return Change(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, bytes, system);
}

Result Allocate(int fd, uint64_t offset, uint64_t bytes, bool keeps_size, const System& system) noexcept {
  return Change(fd, keeps_size ? FALLOC_FL_KEEP_SIZE : 0, offset, bytes, system);
}

}  // namespace pfs::file
