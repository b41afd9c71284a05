// aegis128l_vaes512.cc: four packets at a time, one in each quarter of a 512-bit register. See aegis128l_lanes.h.

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

  // Two blocks of lane 0 and two of lane 1 make one register, those of lanes 2 and 3 the other; then the first blocks
  // part from the second ones.
  template <class Pointer>
  static void LoadPair(Pointer const* at, size_t offset, Register& a, Register& b) noexcept {
    const Register p = Halves(at[0] + offset, at[1] + offset);
    const Register q = Halves(at[2] + offset, at[3] + offset);
    a = _mm512_shuffle_i64x2(p, q, 0x88);
    b = _mm512_shuffle_i64x2(p, q, 0xdd);
  }
  static void StorePair(uint8_t* const* at, size_t offset, Register a, Register b) noexcept {
    const Register low = _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0);
    const Register high = _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4);
    const Register p = _mm512_permutex2var_epi64(a, low, b);
    const Register q = _mm512_permutex2var_epi64(a, high, b);
    StoreHalf(at[0] + offset, _mm512_castsi512_si256(p));
    StoreHalf(at[1] + offset, _mm512_extracti64x4_epi64(p, 1));
    StoreHalf(at[2] + offset, _mm512_castsi512_si256(q));
    StoreHalf(at[3] + offset, _mm512_extracti64x4_epi64(q, 1));
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
  static Register Halves(const uint8_t* low, const uint8_t* high) noexcept {
    const __m256i first = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(low));
    const __m256i second = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(high));
    return _mm512_inserti64x4(_mm512_castsi256_si512(first), second, 1);
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
