// blake3_four.h: four lanes in x86 registers of 128 bits, but for how they rotate. Included like
// blake3_lanes.h, and after immintrin.h.

#pragma once

#include "hash/blake3_lanes.h"

namespace pfs::hash::blake3 {
namespace {

// Rotate gives Right<bits>(vector).
template <class Rotate>
struct Four : Rotate {
  static constexpr size_t kLanes = 4;
  using Vector = __m128i;
  static PFS_INLINE Vector All(uint32_t word) noexcept { return _mm_set1_epi32(static_cast<int>(word)); }
  static PFS_INLINE Vector Load(const void* words) noexcept {
    return _mm_loadu_si128(static_cast<const __m128i*>(words));
  }
  static PFS_INLINE void Store(uint8_t* at, Vector value) noexcept {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(at), value);
  }
  static PFS_INLINE Vector Add(Vector x, Vector y) noexcept { return _mm_add_epi32(x, y); }
  static PFS_INLINE Vector Xor(Vector x, Vector y) noexcept { return _mm_xor_si128(x, y); }
  static PFS_INLINE Vector And(Vector x, Vector y) noexcept { return _mm_and_si128(x, y); }

  static PFS_INLINE void Transpose(Vector& a, Vector& b, Vector& c, Vector& d) noexcept {
    const Vector ab_low = _mm_unpacklo_epi32(a, b), ab_high = _mm_unpackhi_epi32(a, b);
    const Vector cd_low = _mm_unpacklo_epi32(c, d), cd_high = _mm_unpackhi_epi32(c, d);
    a = _mm_unpacklo_epi64(ab_low, cd_low);
    b = _mm_unpackhi_epi64(ab_low, cd_low);
    c = _mm_unpacklo_epi64(ab_high, cd_high);
    d = _mm_unpackhi_epi64(ab_high, cd_high);
  }

  static PFS_INLINE void Messages(const uint8_t* const inputs[], size_t at, Vector m[16]) noexcept {
    for (int i = 0; i < 16; i += 4) {
      for (int lane = 0; lane < 4; lane++) m[i + lane] = Load(inputs[lane] + at + i * 4);
      Transpose(m[i], m[i + 1], m[i + 2], m[i + 3]);
    }
  }

  static PFS_INLINE void Values(const Vector h[8], uint8_t* out) noexcept {
    Vector low[4] = {h[0], h[1], h[2], h[3]}, high[4] = {h[4], h[5], h[6], h[7]};
    Transpose(low[0], low[1], low[2], low[3]);
    Transpose(high[0], high[1], high[2], high[3]);
    for (int lane = 0; lane < 4; lane++) {
      Store(out + lane * kValueBytes, low[lane]);
      Store(out + lane * kValueBytes + 16, high[lane]);
    }
  }
};

}  // namespace
}  // namespace pfs::hash::blake3
