// blake3_avx2.cc: 8 lanes in registers of 256 bits.

#if defined(__x86_64__)

#include "hash/blake3_kernel.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#pragma GCC optimize("no-tree-reassoc", "ira-region=one")
#endif

#include <immintrin.h>

#include "hash/blake3_lanes.h"

namespace pfs::hash::blake3 {
namespace {

struct Eight {
  static constexpr size_t kLanes = 8;
  using Vector = __m256i;
  static PFS_INLINE Vector All(uint32_t word) noexcept { return _mm256_set1_epi32(static_cast<int>(word)); }
  static PFS_INLINE Vector Load(const void* words) noexcept {
    return _mm256_loadu_si256(static_cast<const __m256i*>(words));
  }
  static PFS_INLINE Vector Add(Vector x, Vector y) noexcept { return _mm256_add_epi32(x, y); }
  static PFS_INLINE Vector Xor(Vector x, Vector y) noexcept { return _mm256_xor_si256(x, y); }
  static PFS_INLINE Vector And(Vector x, Vector y) noexcept { return _mm256_and_si256(x, y); }
  // Whole bytes by a shuffle, the others by two shifts.
  template <int kBits>
  static PFS_INLINE Vector Right(Vector x) noexcept {
    if constexpr (kBits == 16)
      return _mm256_shuffle_epi8(x, _mm256_set_epi8(13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2,  //
                                                    13, 12, 15, 14, 9, 8, 11, 10, 5, 4, 7, 6, 1, 0, 3, 2));
    else if constexpr (kBits == 8)
      return _mm256_shuffle_epi8(x, _mm256_set_epi8(12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1,  //
                                                    12, 15, 14, 13, 8, 11, 10, 9, 4, 7, 6, 5, 0, 3, 2, 1));
    else
      return _mm256_xor_si256(_mm256_srli_epi32(x, kBits), _mm256_slli_epi32(x, 32 - kBits));
  }

  // Eight rows of eight words.
  static PFS_INLINE void Transpose(Vector r[8]) noexcept {
    Vector pairs[8], fours[8];
    for (int i = 0; i < 8; i += 2) {
      pairs[i] = _mm256_unpacklo_epi32(r[i], r[i + 1]);
      pairs[i + 1] = _mm256_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
      fours[i] = _mm256_unpacklo_epi64(pairs[i], pairs[i + 2]);
      fours[i + 1] = _mm256_unpackhi_epi64(pairs[i], pairs[i + 2]);
      fours[i + 2] = _mm256_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
      fours[i + 3] = _mm256_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
    }
    for (int i = 0; i < 4; i++) {
      r[i] = _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x20);
      r[i + 4] = _mm256_permute2x128_si256(fours[i], fours[i + 4], 0x31);
    }
  }

  static PFS_INLINE void Messages(const uint8_t* const inputs[], size_t at, Vector m[16]) noexcept {
    for (int lane = 0; lane < 8; lane++) {
      m[lane] = Load(inputs[lane] + at);
      m[lane + 8] = Load(inputs[lane] + at + 32);
      _mm_prefetch(reinterpret_cast<const char*>(inputs[lane] + at + kPrefetchBytes), _MM_HINT_T0);
    }
    Transpose(m);
    Transpose(m + 8);
  }

  static PFS_INLINE void Values(const Vector h[8], uint8_t* out) noexcept {
    Vector r[8] = {h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]};
    Transpose(r);
    for (int lane = 0; lane < 8; lane++)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + lane * kValueBytes), r[lane]);
  }

  static constexpr size_t kPrefetchBytes = 256;  // as in blake3_avx512.cc
};

}  // namespace

void HashBatchAvx2(const Batch& batch, uint8_t* out) noexcept {
  TakeRest(batch, TakeLanes<Eight>(batch, 0, 5, out), out, HashBatchSse41);
}

}  // namespace pfs::hash::blake3

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
