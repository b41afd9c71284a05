// cut_avx512.cc: the search for a cut with AVX-512 VBMI: sixteen lanes of 32-bit hashes side by side.
//
// A block is sixteen stretches of kLaneBytes; lane i runs over stretch i, beginning 32 bytes early. Sixteen
// bytes of each stretch are transposed so that a vector holds four moments of all lanes; the 256-word table
// is looked up as four planes of bytes, each in four registers (vpermi2b reaches 128 of them); unpacking the
// planes gives the words of one moment in the order of the lanes. Then a step of all hashes is a shift and an
// add, and a running minimum says whether any fell below the threshold. Log-doubling along the bytes takes 15
// operations for 16 positions where this takes three.

#include "cut/kernel.h"

#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi"))), \
                             apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi")
#endif
#include <immintrin.h>

namespace pfs::cut {
namespace {

constexpr size_t kLanes = 16;
// Bytes transposed at a time: one 128-bit load a lane.
constexpr size_t kStepBytes = 16;
// The 32 bytes of warming up cost an eighth; of longer blocks more is searched in vain behind the cut. 128 is
// as good in the cache and a third slower outside, 384 is a tenth slower (native/test/cut_bench.cc, Zen 5).
constexpr size_t kLaneBytes = 256;
constexpr size_t kBlockBytes = kLanes * kLaneBytes;

struct Tables {
  __m512i plane[4][4];
};

struct Four {
  __m512i at[4];
};

inline __m512i LoadLanes(const uint8_t* first, size_t apart) noexcept {
  const auto load = [](const uint8_t* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); };
  __m512i all = _mm512_castsi128_si512(load(first));
  all = _mm512_inserti32x4(all, load(first + apart), 1);
  all = _mm512_inserti32x4(all, load(first + 2 * apart), 2);
  return _mm512_inserti32x4(all, load(first + 3 * apart), 3);
}

// at[m]: within each 128 bits, moments 4m to 4m + 3, each with its four lanes. Lane 4q + r is byte r of
// 128-bit part q.
inline Four Transpose(const uint8_t* at) noexcept {
  // register r gets lanes r, r + 4, r + 8, r + 12
  const __m512i a = LoadLanes(at, 4 * kLaneBytes);
  const __m512i b = LoadLanes(at + kLaneBytes, 4 * kLaneBytes);
  const __m512i c = LoadLanes(at + 2 * kLaneBytes, 4 * kLaneBytes);
  const __m512i d = LoadLanes(at + 3 * kLaneBytes, 4 * kLaneBytes);
  const __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
  const __m512i cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
  return {{_mm512_unpacklo_epi16(ab_low, cd_low), _mm512_unpackhi_epi16(ab_low, cd_low),
           _mm512_unpacklo_epi16(ab_high, cd_high), _mm512_unpackhi_epi16(ab_high, cd_high)}};
}

inline __m512i LookUp(const __m512i (&plane)[4], __m512i index, __mmask64 is_upper) noexcept {
  const __m512i lower = _mm512_permutex2var_epi8(plane[0], index, plane[1]);
  const __m512i upper = _mm512_permutex2var_epi8(plane[2], index, plane[3]);
  return _mm512_mask_blend_epi8(is_upper, lower, upper);
}

// The table's words for four moments.
inline Four Words(const Tables& tables, __m512i index) noexcept {
  const __mmask64 is_upper = _mm512_movepi8_mask(index);
  const __m512i p0 = LookUp(tables.plane[0], index, is_upper), p1 = LookUp(tables.plane[1], index, is_upper);
  const __m512i p2 = LookUp(tables.plane[2], index, is_upper), p3 = LookUp(tables.plane[3], index, is_upper);
  const __m512i low0 = _mm512_unpacklo_epi8(p0, p1), high0 = _mm512_unpackhi_epi8(p0, p1);
  const __m512i low1 = _mm512_unpacklo_epi8(p2, p3), high1 = _mm512_unpackhi_epi8(p2, p3);
  return {{_mm512_unpacklo_epi16(low0, low1), _mm512_unpackhi_epi16(low0, low1),
           _mm512_unpacklo_epi16(high0, high1), _mm512_unpackhi_epi16(high0, high1)}};
}

// Feeds 16 bytes to each lane. `least` becomes the smallest hash seen.
inline void Step(const Tables& tables, const uint8_t* at, __m512i* hash, __m512i* least) noexcept {
  const Four moments = Transpose(at);
  for (const __m512i& index : moments.at) {
    const Four words = Words(tables, index);
    for (const __m512i& word : words.at) {
      *hash = _mm512_add_epi32(_mm512_add_epi32(*hash, *hash), word);
      // plain min_epu32 draws a false warning from gcc 12's own header (GCC bug 105593)
      *least = _mm512_maskz_min_epu32(0xffff, *least, *hash);
    }
  }
}

inline __mmask16 LanesWithCut(const Tables& tables, const uint8_t* block, __m512i threshold) noexcept {
  __m512i hash = _mm512_setzero_si512();
  __m512i least = _mm512_set1_epi32(-1);
  for (size_t at = 0; at < kWindowBytes; at += kStepBytes)
    Step(tables, block - kWindowBytes + at, &hash, &least);
  least = _mm512_set1_epi32(-1);  // what the window was before it was full counts for nothing
  for (size_t at = 0; at < kLaneBytes; at += kStepBytes) Step(tables, block + at, &hash, &least);
  return _mm512_cmplt_epu32_mask(least, threshold);
}

}  // namespace

size_t FindCutAvx512(const Gear& gear, const uint8_t* bytes, size_t from, size_t to) noexcept {
  if (from == kWindowBytes - 1 && from < to) {  // nothing lies where the first lane would begin
    if (FindCutPortable(gear, bytes, from, from + 1) > 0) return from + 1;
    from++;
  }
  if (from + kBlockBytes <= to) {
    Tables tables;
    for (size_t plane = 0; plane < 4; plane++)
      for (size_t part = 0; part < 4; part++)
        tables.plane[plane][part] = _mm512_load_si512(gear.planes[plane] + 64 * part);
    const __m512i threshold = _mm512_set1_epi32(static_cast<int>(gear.threshold));
    for (; from + kBlockBytes <= to; from += kBlockBytes) {
      const __mmask16 lanes = LanesWithCut(tables, bytes + from, threshold);
      if (lanes == 0) continue;
      const size_t lane = from + static_cast<size_t>(__builtin_ctz(lanes)) * kLaneBytes;
      return FindCutPortable(gear, bytes, lane, lane + kLaneBytes);
    }
  }
  return from < to ? FindCutPortable(gear, bytes, from, to) : 0;
}

}  // namespace pfs::cut

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
