// space.h: where a file has data and where it has holes, and making either.
//
// Knows descriptors. What a file system cannot do is its errno (EOPNOTSUPP, EINVAL), never a guess.

#pragma once

#include "file/system.h"

namespace pfs::file {

// The first byte of data at or behind `offset`. ENXIO: there is none before the file's end.
Result NextData(int fd, uint64_t offset, const System& system = Kernel()) noexcept;

// The first byte of a hole at or behind `offset`; the file's end counts as one. ENXIO: `offset` is at the end or behind it.
Result NextHole(int fd, uint64_t offset, const System& system = Kernel()) noexcept;

// The range reads as zeros from now on and takes no room; the file's size stays.
Result PunchHole(int fd, uint64_t offset, uint64_t bytes, const System& system = Kernel()) noexcept;

// Gives the range room on the disk. `keeps_size`: also behind the end, without moving it.
Result Allocate(int fd, uint64_t offset, uint64_t bytes, bool keeps_size, const System& system = Kernel()) noexcept;

}  // namespace pfs::file
