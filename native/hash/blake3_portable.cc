// blake3_portable.cc: the compression function in plain C++, and the kernel of machines for which there is no
// other.

#include "hash/blake3_kernel.h"

namespace pfs::hash::blake3 {
namespace {

#define PFS_INLINE inline __attribute__((always_inline))

// 2.2: the quarter round.
PFS_INLINE void Mix(uint32_t& a, uint32_t& b, uint32_t& c, uint32_t& d, uint32_t x, uint32_t y) noexcept {
  a = a + x + b;  // b comes last: all else is there before it
  d = std::rotr(d ^ a, 16);
  c += d;
  b = std::rotr(b ^ c, 12);
  a = a + y + b;
  d = std::rotr(d ^ a, 8);
  c += d;
  b = std::rotr(b ^ c, 7);
}

template <int kRound>
PFS_INLINE void Round(uint32_t v[16], const uint32_t m[16]) noexcept {
  constexpr auto& s = kSchedule[kRound];
  Mix(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
  Mix(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
  Mix(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
  Mix(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
  Mix(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
  Mix(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
  Mix(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
  Mix(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
}

#undef PFS_INLINE

}  // namespace

void Compress(const uint32_t value[8], const uint8_t block[kBlockBytes], uint32_t block_bytes,
              uint64_t counter, uint8_t flags, uint32_t out[16]) noexcept {
  uint32_t m[16];
  std::memcpy(m, block, sizeof m);
  uint32_t v[16] = {value[0], value[1], value[2], value[3], value[4], value[5], value[6], value[7],
                    kInitial[0], kInitial[1], kInitial[2], kInitial[3],
                    static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32), block_bytes, flags};
  Round<0>(v, m);
  Round<1>(v, m);
  Round<2>(v, m);
  Round<3>(v, m);
  Round<4>(v, m);
  Round<5>(v, m);
  Round<6>(v, m);
  for (int i = 0; i < 8; i++) {
    out[i + 8] = v[i + 8] ^ value[i];  // before out[i], which may be value[i]
    out[i] = v[i] ^ v[i + 8];
  }
}

void HashBatchPortable(const Batch& batch, uint8_t* out) noexcept {
  for (size_t i = 0; i < batch.count; i++) {
    uint32_t words[16];
    std::memcpy(words, batch.key, kValueBytes);
    const size_t bytes = batch.lengths ? batch.lengths[i] : batch.blocks * kBlockBytes;
    const size_t blocks = BlocksOf(bytes);
    for (size_t block = 0; block < blocks; block++) {
      const bool last = block + 1 == blocks;
      const int flags = batch.flags | (block == 0 ? batch.start : 0) | (last ? batch.end : 0);
      const size_t block_bytes = last ? bytes - block * kBlockBytes : kBlockBytes;
      Compress(words, batch.inputs[i] + block * kBlockBytes, static_cast<uint32_t>(block_bytes),
               batch.counters[i], static_cast<uint8_t>(flags), words);
    }
    std::memcpy(out + i * kValueBytes, words, kValueBytes);
  }
}

}  // namespace pfs::hash::blake3
