// siphash.cc: see siphash.h.

#include "hash/siphash.h"

#include <bit>
#include <cstring>

namespace pfs::hash {

namespace {

static_assert(std::endian::native == std::endian::little);

struct SipState {
  uint64_t v0, v1, v2, v3;

  void Round() noexcept {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }

  void Absorb(uint64_t word) noexcept {
    v3 ^= word;
    Round();
    Round();
    v0 ^= word;
  }

  uint64_t Finish() noexcept {
    for (int i = 0; i < 4; i++) Round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

// Of eight bytes at most, those that are missing 0.
uint64_t WordAt(const uint8_t* from, size_t bytes) noexcept {
  uint64_t word = 0;
  if (bytes > 0) std::memcpy(&word, from, bytes);  // no bytes may be nowhere
  return word;
}

}  // namespace

void SipHash128(const uint8_t* key, const uint8_t* input, size_t bytes, uint8_t* out) noexcept {
  const uint64_t k0 = WordAt(key, 8), k1 = WordAt(key + 8, 8);
  SipState state{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d ^ 0xee, k0 ^ 0x6c7967656e657261,
                 k1 ^ 0x7465646279746573};
  const size_t whole = bytes - bytes % 8;
  for (size_t at = 0; at < whole; at += 8) state.Absorb(WordAt(input + at, 8));
  // the last word ends with the length, modulo 256
  state.Absorb(WordAt(input + whole, bytes - whole) | (static_cast<uint64_t>(bytes) << 56));
  state.v2 ^= 0xee;
  const uint64_t low = state.Finish();
  state.v1 ^= 0xdd;
  const uint64_t high = state.Finish();
  std::memcpy(out, &low, 8);
  std::memcpy(out + 8, &high, 8);
}

}  // namespace pfs::hash
