// blake3_kernel.h: BLAKE3's numbers, its compression function, and what a kernel is: many inputs of as many
// blocks each, hashed side by side.
//
// Knows blocks and lanes; the tree is blake3.cc's. Section numbers are those of the BLAKE3 paper.

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "hash/blake3.h"

namespace pfs::hash::blake3 {

static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");

inline constexpr size_t kBlockBytes = 64;
inline constexpr size_t kBlocksPerChunk = kChunkBytes / kBlockBytes;
inline constexpr size_t kValueBytes = 32;  // a chaining value

// 2.2, table 3
enum Flag : uint8_t {
  kChunkStart = 1,
  kChunkEnd = 2,
  kParent = 4,
  kRoot = 8,
  kKeyedHash = 16,
  kDeriveContext = 32,
  kDeriveMaterial = 64,
};

inline constexpr uint32_t kInitial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

inline constexpr int kRounds = 7;

// 2.2, table 2: the permutation of the message words, applied 0 to 6 times.
inline constexpr uint8_t kSchedule[kRounds][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8},
    {3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1},
    {10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6},
    {12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4},
    {9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7},
    {11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13},
};

// One block into one state; `out` gets all 16 words: the chaining value is the first eight. 2.2
void Compress(const uint32_t value[8], const uint8_t block[kBlockBytes], uint32_t block_bytes,
              uint64_t counter, uint8_t flags, uint32_t out[16]) noexcept;

// Inputs to hash side by side: each a row of whole blocks in memory.
struct Batch {
  const uint8_t* const* inputs;
  const uint64_t* counters;  // one an input
  size_t count;
  size_t blocks;        // in each input
  const uint32_t* key;  // the chaining value that each begins with
  uint8_t flags;        // on each block
  uint8_t start;        // on the first block besides
  uint8_t end;          // on the last block besides
  // The bytes of each input that count, if not all: at most `blocks` blocks. The last block of an input that
  // counts is zero behind them, and what follows it is there to be read but does not matter.
  const uint16_t* lengths = nullptr;
};

// An input of no bytes is one block of none.
inline size_t BlocksOf(size_t bytes) noexcept {
  return bytes == 0 ? 1 : (bytes + kBlockBytes - 1) / kBlockBytes;
}

// Hashes the whole batch, of any count; a chaining value for each goes to `out`, one behind the other.
using HashBatch = void (*)(const Batch& batch, uint8_t* out) noexcept;

void HashBatchPortable(const Batch& batch, uint8_t* out) noexcept;
void HashBatchSse41(const Batch& batch, uint8_t* out) noexcept;
void HashBatchAvx2(const Batch& batch, uint8_t* out) noexcept;
void HashBatchAvx512(const Batch& batch, uint8_t* out) noexcept;
void HashBatchNeon(const Batch& batch, uint8_t* out) noexcept;

struct Kernel {
  const char* name;
  HashBatch hash;
};

// The best that this machine has, and that base/cpu.h lets be seen.
const Kernel& ThisKernel() noexcept;

}  // namespace pfs::hash::blake3
