// aegis128l_aesni.cc: one packet at a time on AES-NI. See aegis128l_lanes.h.

#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("aes,sse4.1"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("aes,sse4.1")
#endif

#include <immintrin.h>

#include "aead/aegis128l_lanes.h"

namespace pfs::aead::aegis128l {
namespace {

struct Xmm : ByScratch<Xmm> {
  using Register = __m128i;
  static constexpr size_t kLanes = 1;

  static Register Same(const uint8_t* block) noexcept { return Load(block); }
  static Register Blocks(const uint8_t* blocks) noexcept { return Load(blocks); }
  static void Store(uint8_t* to, Register r) noexcept { _mm_storeu_si128(reinterpret_cast<__m128i*>(to), r); }

  template <class Pointer>
  static void LoadPair(Pointer const* at, size_t offset, Register& a, Register& b) noexcept {
    a = Load(at[0] + offset);
    b = Load(at[0] + offset + 16);
  }
  static void StorePair(uint8_t* const* at, size_t offset, Register a, Register b) noexcept {
    Store(at[0] + offset, a);
    Store(at[0] + offset + 16, b);
  }

  static Register Xor(Register a, Register b) noexcept { return _mm_xor_si128(a, b); }
  static Register Xor3(Register a, Register b, Register c) noexcept { return Xor(a, Xor(b, c)); }
  static Register XorAnd(Register a, Register b, Register c) noexcept { return Xor(a, _mm_and_si128(b, c)); }
  static Register Round(Register a, Register key) noexcept { return _mm_aesenc_si128(a, key); }

 private:
  static Register Load(const uint8_t* from) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  }
};

}  // namespace

const Kernels kAesNi = {"aes-ni", Xmm::kLanes, Run<Xmm, true>, Run<Xmm, false>};

}  // namespace pfs::aead::aegis128l

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
