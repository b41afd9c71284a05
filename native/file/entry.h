// entry.h: what stands at a name, as JavaScript reads it: nine words of 64 bits.
//
// Knows struct stat. src/host/entry_record.ts has the same list.

#pragma once

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>

#include "file/below.h"

namespace pfs::file {

struct Entry {
  uint64_t device;
  uint64_t inode;
  int64_t mtime_seconds;
  int64_t ctime_seconds;
  double size_bytes;
  uint32_t mode;  // all of st_mode: the kind too
  uint32_t link_count;
  uint32_t user_id;
  uint32_t group_id;
  uint32_t mtime_nanos;
  uint32_t ctime_nanos;
  double allocated_bytes;
};
static_assert(sizeof(Entry) == 72);

inline Entry EntryOf(const struct stat& found) noexcept {
  return {
      .device = static_cast<uint64_t>(found.st_dev),
      .inode = static_cast<uint64_t>(found.st_ino),
      .mtime_seconds = found.st_mtim.tv_sec,
      .ctime_seconds = found.st_ctim.tv_sec,
      .size_bytes = static_cast<double>(found.st_size),
      .mode = found.st_mode,
      .link_count = static_cast<uint32_t>(found.st_nlink),
      .user_id = found.st_uid,
      .group_id = found.st_gid,
      .mtime_nanos = static_cast<uint32_t>(found.st_mtim.tv_nsec),
      .ctime_nanos = static_cast<uint32_t>(found.st_ctim.tv_nsec),
      .allocated_bytes = static_cast<double>(found.st_blocks) * 512,
  };
}

// 0 for a regular file; what its caller is told of anything else, whatever it is opened for.
inline int WhyNotRegular(mode_t mode) noexcept {
  if (S_ISREG(mode)) return 0;
  if (S_ISLNK(mode)) return kLink;
  return S_ISDIR(mode) ? EISDIR : EINVAL;
}

}  // namespace pfs::file
