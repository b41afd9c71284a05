// aegis128l_vaes512.cc: four packets at a time, one in each quarter of a 512-bit register. See
// aegis128l_lanes.h.

#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("aes,vaes,avx512f,avx512bw,avx512vl,avx512dq"))), \
                             apply_to = function)
#else
// GCC 12 takes the "undefined" operands of its own intrinsics for uses (its bug 105593)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("aes,vaes,avx512f,avx512bw,avx512vl,avx512dq")
#endif

#include <immintrin.h>

#include "aead/aegis128l_lanes.h"

namespace pfs::aead::aegis128l {
namespace {

struct Zmm {
  using Register = __m512i;
  static constexpr size_t kLanes = 4;

  static Register Same(const uint8_t* block) noexcept {
    return _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block)));
  }
  static Register Blocks(const uint8_t* blocks) noexcept { return _mm512_loadu_si512(blocks); }
  static void Store(uint8_t* to, Register r) noexcept { _mm512_storeu_si512(to, r); }

  template <class Pointer>
  static void LoadPair(Pointer const* at, size_t offset, Register& a, Register& b) noexcept {
    const auto load = [&](size_t lane) {
      return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at[lane] + offset));
    };
    Part(Halves(load(0), load(1)), Halves(load(2), load(3)), a, b);
  }
  static void StorePair(uint8_t* const* at, size_t offset, Register a, Register b) noexcept {
    Register p, q;
    Join(a, b, p, q);
    StoreHalf(at[0] + offset, _mm512_castsi512_si256(p));
    StoreHalf(at[1] + offset, _mm512_extracti64x4_epi64(p, 1));
    StoreHalf(at[2] + offset, _mm512_castsi512_si256(q));
    StoreHalf(at[3] + offset, _mm512_extracti64x4_epi64(q, 1));
  }

  template <class Pointer>
  static void LoadPart(Pointer const* at, size_t offset, size_t bytes, Register& a, Register& b) noexcept {
    const __mmask32 mask = (1u << bytes) - 1;
    const auto load = [&](size_t lane) { return _mm256_maskz_loadu_epi8(mask, at[lane] + offset); };
    Part(Halves(load(0), load(1)), Halves(load(2), load(3)), a, b);
  }
  static void StorePart(uint8_t* const* at, size_t offset, size_t bytes, Register a, Register b) noexcept {
    const __mmask32 mask = (1u << bytes) - 1;
    Register p, q;
    Join(a, b, p, q);
    _mm256_mask_storeu_epi8(at[0] + offset, mask, _mm512_castsi512_si256(p));
    _mm256_mask_storeu_epi8(at[1] + offset, mask, _mm512_extracti64x4_epi64(p, 1));
    _mm256_mask_storeu_epi8(at[2] + offset, mask, _mm512_castsi512_si256(q));
    _mm256_mask_storeu_epi8(at[3] + offset, mask, _mm512_extracti64x4_epi64(q, 1));
  }
  static void Trim(size_t bytes, Register& a, Register& b) noexcept {
    const uint32_t mask = (1u << bytes) - 1;
    constexpr uint64_t kEachLane = 0x0001000100010001;
    a = _mm512_maskz_mov_epi8((mask & 0xffff) * kEachLane, a);
    b = _mm512_maskz_mov_epi8((mask >> 16) * kEachLane, b);
  }

  static Register Xor(Register a, Register b) noexcept { return _mm512_xor_si512(a, b); }
  // truth tables of three operands: a ^ b ^ c, a ^ (b & c)
  static Register Xor3(Register a, Register b, Register c) noexcept {
    return _mm512_ternarylogic_epi64(a, b, c, 0x96);
  }
  static Register XorAnd(Register a, Register b, Register c) noexcept {
    return _mm512_ternarylogic_epi64(a, b, c, 0x78);
  }
  static Register Round(Register a, Register key) noexcept { return _mm512_aesenc_epi128(a, key); }

 private:
  static Register Halves(__m256i low, __m256i high) noexcept {
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
  }
  // p holds the two blocks of lane 0 and the two of lane 1, q those of lanes 2 and 3; a gets the first blocks of all
  // four, b the second ones.
  static void Part(Register p, Register q, Register& a, Register& b) noexcept {
    a = _mm512_shuffle_i64x2(p, q, 0x88);
    b = _mm512_shuffle_i64x2(p, q, 0xdd);
  }
  static void Join(Register a, Register b, Register& p, Register& q) noexcept {
    p = _mm512_permutex2var_epi64(a, _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0), b);
    q = _mm512_permutex2var_epi64(a, _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4), b);
  }
  static void StoreHalf(uint8_t* to, __m256i half) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), half);
  }
};

}  // namespace

const Kernels kVaes512 = {"vaes-512", Zmm::kLanes, Run<Zmm, true>, Run<Zmm, false>};

}  // namespace pfs::aead::aegis128l

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
