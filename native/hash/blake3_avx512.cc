// blake3_avx512.cc: 16 and 32 lanes in registers of 512 bits, 4 in registers of 128 with their rotates.

#if defined(__x86_64__)

#include "hash/blake3_kernel.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq")
#pragma GCC optimize("no-tree-reassoc", "ira-region=one")
#endif

// gcc 12 warns of the values that its own header leaves undefined on purpose
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>

#include "hash/blake3_four.h"

namespace pfs::hash::blake3 {
namespace {

struct Sixteen {
  static constexpr size_t kLanes = 16;
  using Vector = __m512i;
  static PFS_INLINE Vector All(uint32_t word) noexcept { return _mm512_set1_epi32(static_cast<int>(word)); }
  static PFS_INLINE Vector Load(const uint32_t* words) noexcept { return _mm512_loadu_si512(words); }
  static PFS_INLINE Vector Add(Vector x, Vector y) noexcept { return _mm512_add_epi32(x, y); }
  static PFS_INLINE Vector Xor(Vector x, Vector y) noexcept { return _mm512_xor_si512(x, y); }
  static PFS_INLINE Vector And(Vector x, Vector y) noexcept { return _mm512_and_si512(x, y); }
  template <int kBits>
  static PFS_INLINE Vector Right(Vector x) noexcept {
    return _mm512_ror_epi32(x, kBits);
  }

  // Four rows of four words in each quarter of the register, transposed.
  static PFS_INLINE void Transpose4(Vector& a, Vector& b, Vector& c, Vector& d) noexcept {
    const Vector ab_low = _mm512_unpacklo_epi32(a, b), ab_high = _mm512_unpackhi_epi32(a, b);
    const Vector cd_low = _mm512_unpacklo_epi32(c, d), cd_high = _mm512_unpackhi_epi32(c, d);
    a = _mm512_unpacklo_epi64(ab_low, cd_low);
    b = _mm512_unpackhi_epi64(ab_low, cd_low);
    c = _mm512_unpacklo_epi64(ab_high, cd_high);
    d = _mm512_unpackhi_epi64(ab_high, cd_high);
  }

  // Quarter q of a, b, c, d, for q = 0 to 3: the same transposition of quarters.
  static PFS_INLINE void TransposeQuarters(Vector& a, Vector& b, Vector& c, Vector& d) noexcept {
    const Vector ab_low = _mm512_shuffle_i32x4(a, b, 0x44), ab_high = _mm512_shuffle_i32x4(a, b, 0xee);
    const Vector cd_low = _mm512_shuffle_i32x4(c, d, 0x44), cd_high = _mm512_shuffle_i32x4(c, d, 0xee);
    a = _mm512_shuffle_i32x4(ab_low, cd_low, 0x88);
    b = _mm512_shuffle_i32x4(ab_low, cd_low, 0xdd);
    c = _mm512_shuffle_i32x4(ab_high, cd_high, 0x88);
    d = _mm512_shuffle_i32x4(ab_high, cd_high, 0xdd);
  }

  static PFS_INLINE void Messages(const uint8_t* const inputs[], size_t at, Vector m[16]) noexcept {
    Vector r[16];
    for (int i = 0; i < 16; i++) {
      r[i] = _mm512_loadu_si512(inputs[i] + at);
      _mm_prefetch(reinterpret_cast<const char*>(inputs[i] + at + kPrefetchBytes), _MM_HINT_T0);
    }
    // Within quarters: r[4k + j] now has word 4q + j of lanes 4k to 4k + 3 in its quarter q.
    for (int k = 0; k < 4; k++) Transpose4(r[4 * k], r[4 * k + 1], r[4 * k + 2], r[4 * k + 3]);
    for (int j = 0; j < 4; j++) {
      TransposeQuarters(r[j], r[4 + j], r[8 + j], r[12 + j]);
      for (int q = 0; q < 4; q++) m[4 * q + j] = r[4 * q + j];
    }
  }

  static PFS_INLINE void Values(const Vector h[8], uint8_t* out) noexcept {
    Vector low[4] = {h[0], h[1], h[2], h[3]}, high[4] = {h[4], h[5], h[6], h[7]};
    // low[j] has words 0 to 3 of lane 4q + j in its quarter q, high[j] words 4 to 7.
    Transpose4(low[0], low[1], low[2], low[3]);
    Transpose4(high[0], high[1], high[2], high[3]);
    const Vector front = _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0);
    const Vector back = _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4);
    for (int j = 0; j < 4; j++) {
      const Vector lanes01 = _mm512_permutex2var_epi64(low[j], front, high[j]);
      const Vector lanes23 = _mm512_permutex2var_epi64(low[j], back, high[j]);
      Store(out + (0 + j) * kValueBytes, _mm512_castsi512_si256(lanes01));
      Store(out + (4 + j) * kValueBytes, _mm512_extracti64x4_epi64(lanes01, 1));
      Store(out + (8 + j) * kValueBytes, _mm512_castsi512_si256(lanes23));
      Store(out + (12 + j) * kValueBytes, _mm512_extracti64x4_epi64(lanes23, 1));
    }
  }

  static PFS_INLINE void Store(uint8_t* at, __m256i value) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(at), value);
  }

  // How far ahead of a lane memory is asked for: the lanes are too many streams for the processor to follow
  // by itself.
  static constexpr size_t kPrefetchBytes = 256;
};

struct Rotate {
  template <int kBits>
  static PFS_INLINE __m128i Right(__m128i x) noexcept {
    return _mm_ror_epi32(x, kBits);
  }
};

}  // namespace

void HashBatchAvx512(const Batch& batch, uint8_t* out) noexcept {
  size_t done = TakeLanes<Doubled<Sixteen>>(batch, 0, 18, out);
  done = TakeLanes<Sixteen>(batch, done, 5, out);
  done = TakeLanes<Four<Rotate>>(batch, done, 3, out);
  TakeRest(batch, done, out);
}

}  // namespace pfs::hash::blake3

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
