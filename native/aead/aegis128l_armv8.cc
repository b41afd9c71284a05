// aegis128l_armv8.cc: one packet at a time on the ARMv8 cryptographic extension. See aegis128l_lanes.h.

#if defined(__aarch64__)

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("aes"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("+crypto")
#endif

#include <arm_neon.h>

#include "aead/aegis128l_lanes.h"

namespace pfs::aead::aegis128l {
namespace {

struct Neon : ByScratch<Neon> {
  using Register = uint8x16_t;
  static constexpr size_t kLanes = 1;

  static Register Same(const uint8_t* block) noexcept { return vld1q_u8(block); }
  static Register Blocks(const uint8_t* blocks) noexcept { return vld1q_u8(blocks); }
  static void Store(uint8_t* to, Register r) noexcept { vst1q_u8(to, r); }

  template <class Pointer>
  static void LoadPair(Pointer const* at, size_t offset, Register& a, Register& b) noexcept {
    a = vld1q_u8(at[0] + offset);
    b = vld1q_u8(at[0] + offset + 16);
  }
  static void StorePair(uint8_t* const* at, size_t offset, Register a, Register b) noexcept {
    vst1q_u8(at[0] + offset, a);
    vst1q_u8(at[0] + offset + 16, b);
  }

  static Register Xor(Register a, Register b) noexcept { return veorq_u8(a, b); }
  static Register Xor3(Register a, Register b, Register c) noexcept { return Xor(a, Xor(b, c)); }
  static Register XorAnd(Register a, Register b, Register c) noexcept { return Xor(a, vandq_u8(b, c)); }
  // AESE adds its key before the round where x86 adds it after: it gets none, and the key is added behind.
  static Register Round(Register a, Register key) noexcept {
    return Xor(vaesmcq_u8(vaeseq_u8(a, vdupq_n_u8(0))), key);
  }
};

}  // namespace

const Kernels kArmv8 = {"armv8-aes", Neon::kLanes, Run<Neon, true>, Run<Neon, false>};

}  // namespace pfs::aead::aegis128l

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

#endif
