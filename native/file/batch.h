// batch.h: many reads or writes of one file in one call, each to its end.
//
// Knows descriptors and memory. A short count or an interruption is gone on from; only the file's end, a fault and a
// call that does nothing end a batch early.

#pragma once

#include <span>

#include "file/system.h"

namespace pfs::file {

// Memory, and where in the file it belongs.
struct Piece {
  uint64_t offset = 0;
  uint8_t* data = nullptr;
  size_t bytes = 0;
};

// Fills the pieces in their order. `count` is what was read before the first byte that the file does not have.
Result ReadBatch(int fd, std::span<const Piece> pieces, const System& system = Kernel()) noexcept;

// Writes the pieces in their order; neighbours in the batch that are neighbours in the file go out in one call.
Result WriteBatch(int fd, std::span<const Piece> pieces, const System& system = Kernel()) noexcept;

}  // namespace pfs::file
