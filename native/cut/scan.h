// scan.h: cutting and naming in one pass over bytes in memory, while they are in the cache.
//
// Knows the cutter and keyed BLAKE3; no files, no Node. A chunk comes out as a row of a recipe (PROTOCOL.md
// §13.3): its length, 32 bits, most significant byte first, and its 32-byte id.

#pragma once

#include <cstddef>
#include <cstdint>

#include "cut/cut.h"
#include "hash/blake3.h"

namespace pfs::cut {

inline constexpr size_t kIdBytes = hash::kHashBytes;
inline constexpr size_t kRowBytes = 4 + kIdBytes;

// The cuts and the names of one seed. Read only once made, so any number of threads may share it.
struct Cutter {
  Gear gear;
  hash::Mode mode;
  // A run of zeros is cut into chunks of this length (§13.2), which all have this id.
  size_t zero_bytes;
  uint8_t zero_id[kIdBytes];
};

// `key` is of hash::kKeyBytes. The sizes are as §13.2 wants them: the caller has checked.
void MakeCutter(const uint32_t table[256], const uint8_t* key, uint32_t threshold, uint32_t min_bytes,
                uint32_t max_bytes, Cutter* made) noexcept;

// The chunk at the start of bytes: its length as CutLength says, and its row if there is one.
size_t ScanOne(const Cutter& cutter, const uint8_t* bytes, size_t length, bool is_last, uint8_t* row,
               size_t* searched) noexcept;

struct Scanned {
  size_t rows;
  // Bytes of the chunks given; what follows them is the beginning of the next.
  size_t consumed;
};

// The chunks at the start of bytes, as far as they are decided and `rows_max` allows. `searched`: as for
// CutLength, of the chunk that is left open; it must be 0 or what the last call with the same first open byte
// left there.
Scanned ScanBuffer(const Cutter& cutter, const uint8_t* bytes, size_t length, bool is_last, uint8_t* rows,
                   size_t rows_max, size_t* searched) noexcept;

}  // namespace pfs::cut
