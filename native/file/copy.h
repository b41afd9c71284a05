// copy.h: bytes from file to file without the caller seeing them: shared blocks, or through a buffer of our own.
//
// Knows descriptors. Believes no content: whoever copies checks what came of it.

#pragma once

#include <span>

#include "file/system.h"

namespace pfs::file {

// Consecutive bytes of a file that are to be copied.
struct Run {
  int fd = -1;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

// Makes `to` share all blocks of `from`. EOPNOTSUPP, EXDEV, EINVAL: not here.
Result CloneFile(int from, int to, const System& system = Kernel()) noexcept;

// The same for a range; both offsets, and the length unless it ends at the end of `from`, in whole blocks.
Result CloneRange(int from, uint64_t from_offset, int to, uint64_t to_offset, uint64_t bytes,
                  const System& system = Kernel()) noexcept;

// The runs one after another, from `offset` of `to` on. Runs of one file with small gaps between them are read at
// once. `count` is what was copied before the first byte that a source does not give, be it cut short or unreadable:
// no error then, only less. An error is always the target's.
Result CopyRuns(int to, uint64_t offset, std::span<const Run> runs, const System& system = Kernel()) noexcept;

}  // namespace pfs::file
