// durable.cc: see durable.h.

#include "file/durable.h"

#include <cerrno>

namespace pfs::file {

Result SyncGroup(std::span<const int> fds, bool data_only, const System& system) noexcept {
  if (fds.size() > 1)
    for (const int fd : fds) system.sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);  // advice: its faults are fsync's
  Result result;
  for (const int fd : fds) {
    int status = 0;
    do {
      status = data_only ? system.fdatasync(fd) : system.fsync(fd);
    } while (status != 0 && errno == EINTR);
    if (status == 0) result.count++;
    else if (result.error == 0) result.error = errno;
  }
  return result;
}

Result StartWriteback(int fd, uint64_t offset, uint64_t bytes, const System& system) noexcept {
  if (bytes == 0) return {};  // the kernel takes 0 for "to the end"
  if (system.sync_file_range(fd, static_cast<off_t>(offset), static_cast<off_t>(bytes), SYNC_FILE_RANGE_WRITE) != 0)
    return {0, errno};
  return {bytes, 0};
}

Result Advise(int fd, uint64_t offset, uint64_t bytes, int advice) noexcept {
  return {0, ::posix_fadvise(fd, static_cast<off_t>(offset), static_cast<off_t>(bytes), advice)};
}

}  // namespace pfs::file
