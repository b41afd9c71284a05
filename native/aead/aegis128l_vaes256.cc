// aegis128l_vaes256.cc: two packets at a time, one in each half of a 256-bit register. See aegis128l_lanes.h.

#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("aes,avx2,vaes"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("aes,avx2,vaes")
#endif

#include <immintrin.h>

#include "aead/aegis128l_lanes.h"

namespace pfs::aead::aegis128l {
namespace {

struct Ymm : ByScratch<Ymm> {
  using Register = __m256i;
  static constexpr size_t kLanes = 2;

  static Register Same(const uint8_t* block) noexcept {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block)));
  }
  static Register Blocks(const uint8_t* blocks) noexcept { return Load(blocks); }
  static void Store(uint8_t* to, Register r) noexcept {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), r);
  }

  template <class Pointer>
  static void LoadPair(Pointer const* at, size_t offset, Register& a, Register& b) noexcept {
    const Register p = Load(at[0] + offset);
    const Register q = Load(at[1] + offset);
    a = _mm256_permute2x128_si256(p, q, 0x20);
    b = _mm256_permute2x128_si256(p, q, 0x31);
  }
  static void StorePair(uint8_t* const* at, size_t offset, Register a, Register b) noexcept {
    Store(at[0] + offset, _mm256_permute2x128_si256(a, b, 0x20));
    Store(at[1] + offset, _mm256_permute2x128_si256(a, b, 0x31));
  }

  static Register Xor(Register a, Register b) noexcept { return _mm256_xor_si256(a, b); }
  static Register Xor3(Register a, Register b, Register c) noexcept { return Xor(a, Xor(b, c)); }
  static Register XorAnd(Register a, Register b, Register c) noexcept {
    return Xor(a, _mm256_and_si256(b, c));
  }
  static Register Round(Register a, Register key) noexcept { return _mm256_aesenc_epi128(a, key); }

 private:
  static Register Load(const uint8_t* from) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  }
};

}  // namespace

const Kernels kVaes256 = {"vaes-256", Ymm::kLanes, Run<Ymm, true>, Run<Ymm, false>};

}  // namespace pfs::aead::aegis128l

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
