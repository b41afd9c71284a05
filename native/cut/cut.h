// cut.h: content-defined cutting by the keyed Gear of PROTOCOL.md §13.2: where a chunk ends.
//
// Knows bytes in memory, the gear table and the three sizes; no Node, no files, no hashes. Every kernel gives
// the cuts of the portable reference, src/cut/chunker.ts.

#pragma once

#include <cstddef>
#include <cstdint>

namespace pfs::cut {

// Bytes that decide a cut: a 32-bit state shifted by one per byte forgets what is older.
inline constexpr size_t kWindowBytes = 32;

struct Gear {
  uint32_t table[256];
  // A position is a cut when the hash is below this.
  uint32_t threshold;
  // At least kWindowBytes, and less than max_bytes.
  uint32_t min_bytes;
  uint32_t max_bytes;
  // The planes of `table`, byte p of every word one after another: what the vector kernel looks up. Made by
  // Prepare.
  alignas(64) uint8_t planes[4][256];
};

// Fills in what derives from the table. Call it once the table is set.
void Prepare(Gear* gear) noexcept;

// The length of the chunk at the start of bytes, or 0 when there is too little to tell and more is to come:
// fewer bytes than the longest chunk has, no cut among them, and `is_last` false. `searched`, if given, is
// the length within which an earlier call found no cut (0 at first); it is updated, so that no byte is
// searched twice as a file grows.
size_t CutLength(const Gear& gear, const uint8_t* bytes, size_t length, bool is_last,
                 size_t* searched = nullptr) noexcept;

// The length of all chunks of an endless run of zeros.
size_t ZeroCutLength(const Gear& gear) noexcept;

// The name of the kernel in use.
const char* CutKernel() noexcept;

}  // namespace pfs::cut
