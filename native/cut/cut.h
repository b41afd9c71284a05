// cut.h: content-defined cutting by the keyed Gear of PROTOCOL.md §13.2, and cutting and naming in one pass.
//
// Knows bytes in memory, the gear table, the three sizes and a BLAKE3 mode; no Node, no files. Every kernel and every
// partition over threads gives the chunks of the portable reference, src/cut/chunker.ts.

#pragma once

#include <cstddef>
#include <cstdint>

#include "hash/blake3.h"

namespace pfs::cut {

struct Gear {
  uint32_t table[256];
  uint32_t threshold;
  uint32_t min_bytes;
  uint32_t max_bytes;
};

// The length of the chunk at the start of bytes, or 0 when there is too little to tell and more is to come.
size_t CutLength(const Gear& gear, const uint8_t* bytes, size_t length, bool is_last) noexcept;

const char* CutKernel() noexcept;

}  // namespace pfs::cut
