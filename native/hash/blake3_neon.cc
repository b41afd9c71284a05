// blake3_neon.cc: 4 lanes in ARMv8 registers, and 8 in pairs of them: there are 32.

#if defined(__aarch64__)

#include "hash/blake3_kernel.h"

#if !defined(__clang__)
#pragma GCC push_options
#pragma GCC optimize("no-tree-reassoc")  // blake3_lanes.h says why
#endif

#include <arm_neon.h>

#include "hash/blake3_lanes.h"

namespace pfs::hash::blake3 {
namespace {

struct Four {
  static constexpr size_t kLanes = 4;
  using Vector = uint32x4_t;
  static PFS_INLINE Vector All(uint32_t word) noexcept { return vdupq_n_u32(word); }
  static PFS_INLINE Vector Load(const uint32_t* words) noexcept { return vld1q_u32(words); }
  static PFS_INLINE Vector Add(Vector x, Vector y) noexcept { return vaddq_u32(x, y); }
  static PFS_INLINE Vector Xor(Vector x, Vector y) noexcept { return veorq_u32(x, y); }
  static PFS_INLINE Vector And(Vector x, Vector y) noexcept { return vandq_u32(x, y); }
  template <int kBits>
  static PFS_INLINE Vector Right(Vector x) noexcept {
    if constexpr (kBits == 16)
      return vreinterpretq_u32_u16(vrev32q_u16(vreinterpretq_u16_u32(x)));
    else
      return vsriq_n_u32(vshlq_n_u32(x, 32 - kBits), x, kBits);
  }

  static PFS_INLINE void Transpose(Vector& a, Vector& b, Vector& c, Vector& d) noexcept {
    const uint32x4x2_t ab = vtrnq_u32(a, b), cd = vtrnq_u32(c, d);
    a = vcombine_u32(vget_low_u32(ab.val[0]), vget_low_u32(cd.val[0]));
    b = vcombine_u32(vget_low_u32(ab.val[1]), vget_low_u32(cd.val[1]));
    c = vcombine_u32(vget_high_u32(ab.val[0]), vget_high_u32(cd.val[0]));
    d = vcombine_u32(vget_high_u32(ab.val[1]), vget_high_u32(cd.val[1]));
  }

  static PFS_INLINE void Messages(const uint8_t* const inputs[], size_t at, Vector m[16]) noexcept {
    for (int i = 0; i < 16; i += 4) {
      for (int lane = 0; lane < 4; lane++)
        m[i + lane] = vreinterpretq_u32_u8(vld1q_u8(inputs[lane] + at + i * 4));
      Transpose(m[i], m[i + 1], m[i + 2], m[i + 3]);
    }
  }

  static PFS_INLINE void Values(const Vector h[8], uint8_t* out) noexcept {
    Vector low[4] = {h[0], h[1], h[2], h[3]}, high[4] = {h[4], h[5], h[6], h[7]};
    Transpose(low[0], low[1], low[2], low[3]);
    Transpose(high[0], high[1], high[2], high[3]);
    for (int lane = 0; lane < 4; lane++) {
      vst1q_u8(out + lane * kValueBytes, vreinterpretq_u8_u32(low[lane]));
      vst1q_u8(out + lane * kValueBytes + 16, vreinterpretq_u8_u32(high[lane]));
    }
  }
};

}  // namespace

void HashBatchNeon(const Batch& batch, uint8_t* out) noexcept {
  size_t done = TakeLanes<Doubled<Four>>(batch, 0, 6, out);
  done = TakeLanes<Four>(batch, done, 2, out);
  TakeRest(batch, done, out);
}

}  // namespace pfs::hash::blake3

#if !defined(__clang__)
#pragma GCC pop_options
#endif

#endif
