// aegis128l_lanes.h: AEGIS-128L over vectors of lanes; each instruction set includes it behind its own
// pragma.
//
// V gives the operations on a register of V::kLanes blocks:
//   Register          the type of the register
//   Same(block)       one block in every lane
//   Blocks(blocks)    another block in each lane, from kLanes × 16 bytes; Store() puts them back
//   LoadPair(at, offset, a, b)    bytes offset … offset + 31 of each lane: first halves to a, second to b
//   StorePair(at, offset, a, b)   the way back
//   LoadPart(at, offset, bytes, a, b), StorePart(…)   the same with fewer than 32 bytes of each lane, the rest zeros
//   Trim(bytes, a, b)             zeroes what LoadPart would have left zero
//   Xor, Xor3         a ^ b, a ^ b ^ c
//   XorAnd            a ^ (b & c)
//   Round(a, key)     one AES round of each block
//
// All of it lies in an anonymous namespace: each kernel's file has its own copy, made with its own
// instructions, and the linker merges none with another's.

#pragma once

#include <cstring>

#include "aead/aegis128l.h"

namespace pfs::aead::aegis128l {
namespace {

inline constexpr size_t kBlockBytes = 16;
// What one update absorbs: two blocks.
inline constexpr size_t kRateBytes = 32;

// The Fibonacci sequence modulo 256, §2 of the draft.
alignas(16) constexpr uint8_t kC0[16] = {0x00, 0x01, 0x01, 0x02, 0x03, 0x05, 0x08, 0x0d,
                                         0x15, 0x22, 0x37, 0x59, 0x90, 0xe9, 0x79, 0x62};
alignas(16) constexpr uint8_t kC1[16] = {0xdb, 0x3d, 0x18, 0x55, 0x6d, 0xc2, 0x2f, 0xf1,
                                         0x20, 0x11, 0x31, 0x42, 0x73, 0xb5, 0x28, 0xdd};

template <class V>
class State {
 public:
  using R = typename V::Register;

  State(const uint8_t* key, const uint8_t* nonces) noexcept {
    const R k = V::Same(key);
    const R n = V::Blocks(nonces);
    const R c0 = V::Same(kC0);
    const R c1 = V::Same(kC1);
    s0_ = V::Xor(k, n);
    s1_ = c1;
    s2_ = c0;
    s3_ = c1;
    s4_ = s0_;
    s5_ = V::Xor(k, c0);
    s6_ = V::Xor(k, c1);
    s7_ = s5_;
    for (int i = 0; i < 10; i++) Update(n, k);
  }

  [[gnu::always_inline]] inline void Update(R m0, R m1) noexcept {
    const R last = s7_;
    s7_ = V::Round(s6_, s7_);
    s6_ = V::Round(s5_, s6_);
    s5_ = V::Round(s4_, s5_);
    s4_ = V::Round(s3_, V::Xor(s4_, m1));
    s3_ = V::Round(s2_, s3_);
    s2_ = V::Round(s1_, s2_);
    s1_ = V::Round(s0_, s1_);
    s0_ = V::Round(last, V::Xor(s0_, m0));
  }

  // The key stream that covers the next two blocks, laid over a and b.
  [[gnu::always_inline]] inline void Cover(R& a, R& b) const noexcept {
    a = V::Xor3(a, s6_, V::XorAnd(s1_, s2_, s3_));
    b = V::Xor3(b, s5_, V::XorAnd(s2_, s6_, s7_));
  }

  // The tag of each lane: its first block, and its second where it is long.
  void Finish(size_t header_bytes, size_t text_bytes, size_t tag_bytes, uint8_t* first,
              uint8_t* second) noexcept {
    const uint64_t bits[2] = {8 * uint64_t{header_bytes}, 8 * uint64_t{text_bytes}};
    static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
    uint8_t lengths[kBlockBytes];
    std::memcpy(lengths, bits, sizeof lengths);
    const R t = V::Xor(s2_, V::Same(lengths));
    for (int i = 0; i < 7; i++) Update(t, t);
    const R low = V::Xor(V::Xor(s0_, s1_), V::Xor(s2_, s3_));
    const R high = V::Xor3(s4_, s5_, s6_);
    if (tag_bytes == kBlockBytes) {
      V::Store(first, V::Xor(low, high));
    } else {
      V::Store(first, low);
      V::Store(second, V::Xor(high, s7_));
    }
  }

 private:
  R s0_, s1_, s2_, s3_, s4_, s5_, s6_, s7_;
};

// LoadPart, StorePart and Trim for registers that cannot be loaded by a mask of bytes: through memory.
template <class V>
struct ByScratch {
  template <class Pointer, class R>
  static void LoadPart(Pointer const* at, size_t offset, size_t bytes, R& a, R& b) noexcept {
    uint8_t scratch[V::kLanes][kRateBytes] = {};
    uint8_t* lanes[V::kLanes];
    for (size_t i = 0; i < V::kLanes; i++) {
      lanes[i] = scratch[i];
      std::memcpy(scratch[i], at[i] + offset, bytes);
    }
    V::LoadPair(lanes, 0, a, b);
  }

  template <class R>
  static void StorePart(uint8_t* const* at, size_t offset, size_t bytes, R a, R b) noexcept {
    uint8_t scratch[V::kLanes][kRateBytes];
    uint8_t* lanes[V::kLanes];
    for (size_t i = 0; i < V::kLanes; i++) lanes[i] = scratch[i];
    V::StorePair(lanes, 0, a, b);
    for (size_t i = 0; i < V::kLanes; i++) std::memcpy(at[i] + offset, scratch[i], bytes);
  }

  template <class R>
  static void Trim(size_t bytes, R& a, R& b) noexcept {
    uint8_t scratch[V::kLanes][kRateBytes];
    uint8_t* lanes[V::kLanes];
    for (size_t i = 0; i < V::kLanes; i++) lanes[i] = scratch[i];
    V::StorePair(lanes, 0, a, b);
    LoadPart(lanes, 0, bytes, a, b);
  }
};

template <class V, bool kSeals>
void Run(const uint8_t* key, const Batch& batch, size_t tag_bytes, uint8_t (*tags)[kLongTagBytes]) noexcept {
  using R = typename V::Register;
  State<V> state(key, batch.nonce[0]);
  R a, b;

  size_t at = 0;
  for (; at + kRateBytes <= batch.header_bytes; at += kRateBytes) {
    V::LoadPair(batch.header, at, a, b);
    state.Update(a, b);
  }
  if (at < batch.header_bytes) {
    V::LoadPart(batch.header, at, batch.header_bytes - at, a, b);
    state.Update(a, b);
  }

  // copied out of the batch: a store through a byte pointer might change it, for all the compiler knows
  uint8_t* text[V::kLanes];
  for (size_t i = 0; i < V::kLanes; i++) text[i] = batch.text[i];
  const size_t whole = batch.text_bytes / kRateBytes * kRateBytes;
  for (at = 0; at < whole; at += kRateBytes) {
    V::LoadPair(text, at, a, b);
    R x = a, y = b;
    state.Cover(x, y);
    if constexpr (kSeals)
      state.Update(a, b);
    else
      state.Update(x, y);
    V::StorePair(text, at, x, y);
  }
  if (const size_t rest = batch.text_bytes - whole; rest > 0) {
    V::LoadPart(text, whole, rest, a, b);
    R x = a, y = b;
    state.Cover(x, y);
    V::StorePart(text, whole, rest, x, y);
    if constexpr (kSeals) {
      state.Update(a, b);
    } else {
      // behind the text lies key stream now
      V::Trim(rest, x, y);
      state.Update(x, y);
    }
  }

  uint8_t first[V::kLanes * kBlockBytes], second[V::kLanes * kBlockBytes] = {};
  state.Finish(batch.header_bytes, batch.text_bytes, tag_bytes, first, second);
  for (size_t i = 0; i < V::kLanes; i++) {
    std::memcpy(tags[i], first + i * kBlockBytes, kBlockBytes);
    std::memcpy(tags[i] + kBlockBytes, second + i * kBlockBytes, kBlockBytes);
  }
}

}  // namespace
}  // namespace pfs::aead::aegis128l
