// blake3_lanes.h: as many inputs as a vector has lanes, one lane each. The shape that every vector kernel
// has; the instructions come in as V.
//
// Included after the pragma that names the instruction set, and all in an unnamed namespace: each file has
// its own copy, and none can be linked into code for another processor.
//
// gcc needs telling, by a pragma beside that for the instruction set: that it must not reorder the sums of a
// quarter round (no-tree-reassoc), which lengthens the chain that all waits for, and to allot registers over
// the whole function (ira-region=one), else it spills many. Together they make the AVX2 and SSE4.1 kernels a
// third faster.
//
// V gives: kLanes, Vector, All(word), Load(words), Add, Xor, And, Right<bits>, Messages(inputs, offset, m):
// word i of every lane's block into m[i], and Values(h, out): the eight words of each lane, one lane behind
// the other.

#pragma once

#include "hash/blake3_kernel.h"

#define PFS_INLINE inline __attribute__((always_inline))

namespace pfs::hash::blake3 {
namespace {

// 2.2: the quarter round. The message word first: all else is there before b is.
template <class V>
PFS_INLINE void Mix(typename V::Vector& a, typename V::Vector& b, typename V::Vector& c,
                    typename V::Vector& d, const typename V::Vector& x,
                    const typename V::Vector& y) noexcept {
  a = V::Add(V::Add(a, x), b);
  d = V::template Right<16>(V::Xor(d, a));
  c = V::Add(c, d);
  b = V::template Right<12>(V::Xor(b, c));
  a = V::Add(V::Add(a, y), b);
  d = V::template Right<8>(V::Xor(d, a));
  c = V::Add(c, d);
  b = V::template Right<7>(V::Xor(b, c));
}

template <class V, int kRound>
PFS_INLINE void Round(typename V::Vector v[16], const typename V::Vector m[16]) noexcept {
  constexpr auto& s = kSchedule[kRound];
  Mix<V>(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
  Mix<V>(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
  Mix<V>(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
  Mix<V>(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
  Mix<V>(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
  Mix<V>(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
  Mix<V>(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
  Mix<V>(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
}

// What differs from lane to lane in inputs that end in different places.
template <class V>
struct Ends {
  alignas(64) uint32_t block_bytes[V::kLanes], flags[V::kLanes], live[V::kLanes];

  // For one block; `live` is all ones in the lanes to which the block belongs.
  void Set(const Batch& batch, const uint16_t lengths[], size_t block) noexcept {
    for (size_t i = 0; i < V::kLanes; i++) {
      const size_t blocks = BlocksOf(lengths[i]);
      const bool last = block + 1 == blocks;
      block_bytes[i] = static_cast<uint32_t>(last ? lengths[i] - block * kBlockBytes : kBlockBytes);
      flags[i] = static_cast<uint32_t>(batch.flags | (block == 0 ? batch.start : 0) | (last ? batch.end : 0));
      live[i] = block < blocks ? ~uint32_t{0} : 0;
    }
  }
};

// V::kLanes inputs at once.
template <class V>
void HashLanes(const Batch& batch, const uint8_t* const inputs[], const uint64_t counters[],
               const uint16_t lengths[], uint8_t* out) noexcept {
  using Vector = typename V::Vector;
  Ends<V> ends;
  alignas(64) uint32_t low[V::kLanes], high[V::kLanes];
  for (size_t i = 0; i < V::kLanes; i++) {
    low[i] = static_cast<uint32_t>(counters[i]);
    high[i] = static_cast<uint32_t>(counters[i] >> 32);
  }
  Vector h[8];
  for (int i = 0; i < 8; i++) h[i] = V::All(batch.key[i]);
  for (size_t block = 0; block < batch.blocks; block++) {
    const bool last = block + 1 == batch.blocks;
    const int flags = batch.flags | (block == 0 ? batch.start : 0) | (last ? batch.end : 0);
    Vector m[16];
    V::Messages(inputs, block * kBlockBytes, m);
    Vector v[16] = {h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7],
                    V::All(kInitial[0]), V::All(kInitial[1]), V::All(kInitial[2]), V::All(kInitial[3]),
                    V::Load(low), V::Load(high), V::All(kBlockBytes), V::All(static_cast<uint32_t>(flags))};
    if (lengths != nullptr) {
      ends.Set(batch, lengths, block);
      v[14] = V::Load(ends.block_bytes);
      v[15] = V::Load(ends.flags);
    }
    Round<V, 0>(v, m);
    Round<V, 1>(v, m);
    Round<V, 2>(v, m);
    Round<V, 3>(v, m);
    Round<V, 4>(v, m);
    Round<V, 5>(v, m);
    Round<V, 6>(v, m);
    if (lengths == nullptr) {
      for (int i = 0; i < 8; i++) h[i] = V::Xor(v[i], v[i + 8]);
    } else {
      const Vector live = V::Load(ends.live);
      for (int i = 0; i < 8; i++) h[i] = V::Xor(h[i], V::And(V::Xor(h[i], V::Xor(v[i], v[i + 8])), live));
    }
  }
  V::Values(h, out);
}

// Takes inputs from the front of the batch while at least `least` of them are left; where fewer than
// V::kLanes are, the lanes over repeat the last. Answers how many inputs are done, of which `done` were
// before.
template <class V>
size_t TakeLanes(const Batch& batch, size_t done, size_t least, uint8_t* out) noexcept {
  for (; batch.count - done >= V::kLanes; done += V::kLanes)
    HashLanes<V>(batch, batch.inputs + done, batch.counters + done,
                 batch.lengths ? batch.lengths + done : nullptr, out + done * kValueBytes);
  const size_t left = batch.count - done;
  if (left < least || left == 0) return done;
  const uint8_t* inputs[V::kLanes];
  uint64_t counters[V::kLanes];
  uint16_t lengths[V::kLanes];
  uint8_t values[V::kLanes * kValueBytes];
  for (size_t i = 0; i < V::kLanes; i++) {
    const size_t at = done + (i < left ? i : left - 1);
    inputs[i] = batch.inputs[at];
    counters[i] = batch.counters[at];
    if (batch.lengths) lengths[i] = batch.lengths[at];
  }
  HashLanes<V>(batch, inputs, counters, batch.lengths ? lengths : nullptr, values);
  std::memcpy(out + done * kValueBytes, values, left * kValueBytes);
  return batch.count;
}

// What is left goes to a kernel of fewer lanes.
inline void TakeRest(Batch batch, size_t done, uint8_t* out, HashBatch fewer = HashBatchPortable) noexcept {
  if (done == batch.count) return;
  batch.inputs += done;
  batch.counters += done;
  if (batch.lengths) batch.lengths += done;
  batch.count -= done;
  fewer(batch, out + done * kValueBytes);
}

// Two vectors as one of twice the lanes. For processors with registers enough: while one waits for a result,
// the other computes.
template <class V>
struct Doubled {
  static constexpr size_t kLanes = 2 * V::kLanes;
  struct Vector {
    typename V::Vector a, b;
  };
  static PFS_INLINE Vector All(uint32_t word) noexcept { return {V::All(word), V::All(word)}; }
  static PFS_INLINE Vector Load(const uint32_t* words) noexcept {
    return {V::Load(words), V::Load(words + V::kLanes)};
  }
  static PFS_INLINE Vector Add(const Vector& x, const Vector& y) noexcept {
    return {V::Add(x.a, y.a), V::Add(x.b, y.b)};
  }
  static PFS_INLINE Vector Xor(const Vector& x, const Vector& y) noexcept {
    return {V::Xor(x.a, y.a), V::Xor(x.b, y.b)};
  }
  static PFS_INLINE Vector And(const Vector& x, const Vector& y) noexcept {
    return {V::And(x.a, y.a), V::And(x.b, y.b)};
  }
  template <int kBits>
  static PFS_INLINE Vector Right(const Vector& x) noexcept {
    return {V::template Right<kBits>(x.a), V::template Right<kBits>(x.b)};
  }
  static PFS_INLINE void Messages(const uint8_t* const inputs[], size_t at, Vector m[16]) noexcept {
    typename V::Vector a[16], b[16];
    V::Messages(inputs, at, a);
    V::Messages(inputs + V::kLanes, at, b);
    for (int i = 0; i < 16; i++) m[i] = {a[i], b[i]};
  }
  static PFS_INLINE void Values(const Vector h[8], uint8_t* out) noexcept {
    typename V::Vector a[8], b[8];
    for (int i = 0; i < 8; i++) a[i] = h[i].a, b[i] = h[i].b;
    V::Values(a, out);
    V::Values(b, out + V::kLanes * kValueBytes);
  }
};

}  // namespace
}  // namespace pfs::hash::blake3
