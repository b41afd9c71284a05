// blake3_sse41.cc: 4 lanes in registers of 128 bits.

#if defined(__x86_64__)

#include "hash/blake3_kernel.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("sse4.1,ssse3"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("sse4.1,ssse3")
#pragma GCC optimize("no-tree-reassoc", "ira-region=one")
#endif

#include <immintrin.h>

#include "hash/blake3_four.h"

namespace pfs::hash::blake3 {
namespace {

// Whole bytes by a shuffle, the others by two shifts.
struct Shifts {
  template <int kBits>
  static PFS_INLINE __m128i Right(__m128i x) noexcept {
    if constexpr (kBits == 16)
      return _mm_shuffle_epi8(x, _mm_set_epi8(13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2));
    else if constexpr (kBits == 8)
      return _mm_shuffle_epi8(x, _mm_set_epi8(12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1));
    else
      return _mm_xor_si128(_mm_srli_epi32(x, kBits), _mm_slli_epi32(x, 32 - kBits));
  }
};

}  // namespace

void HashBatchSse41(const Batch& batch, uint8_t* out) noexcept {
  TakeRest(batch, TakeLanes<Four<Shifts>>(batch, 0, 2, out), out);
}

}  // namespace pfs::hash::blake3

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
