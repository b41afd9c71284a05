// xxh64.cc: see xxh64.h. The specification: xxhash_spec.md of the xxHash project, "XXH64 algorithm".

#include "hash/xxh64.h"

#include <bit>
#include <cstring>

namespace pfs::hash {
namespace {

constexpr uint64_t kPrime1 = 0x9e3779b185ebca87;
constexpr uint64_t kPrime2 = 0xc2b2ae3d27d4eb4f;
constexpr uint64_t kPrime3 = 0x165667b19e3779f9;
constexpr uint64_t kPrime4 = 0x85ebca77c2b2ae63;
constexpr uint64_t kPrime5 = 0x27d4eb2f165667c5;

static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");

template <class Word>
Word Read(const uint8_t* at) noexcept {
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

uint64_t Round(uint64_t sum, uint64_t word) noexcept { return std::rotl(sum + word * kPrime2, 31) * kPrime1; }

uint64_t Merge(uint64_t hash, uint64_t sum) noexcept { return (hash ^ Round(0, sum)) * kPrime1 + kPrime4; }

}  // namespace

uint64_t Xxh64(const uint8_t* input, size_t bytes, uint64_t seed) noexcept {
  const size_t whole = bytes;
  uint64_t hash = seed + kPrime5;
  if (bytes >= 32) {
    uint64_t a = seed + kPrime1 + kPrime2, b = seed + kPrime2, c = seed, d = seed - kPrime1;
    for (; bytes >= 32; input += 32, bytes -= 32) {
      a = Round(a, Read<uint64_t>(input));
      b = Round(b, Read<uint64_t>(input + 8));
      c = Round(c, Read<uint64_t>(input + 16));
      d = Round(d, Read<uint64_t>(input + 24));
    }
    hash = std::rotl(a, 1) + std::rotl(b, 7) + std::rotl(c, 12) + std::rotl(d, 18);
    hash = Merge(Merge(Merge(Merge(hash, a), b), c), d);
  }
  hash += whole;
  for (; bytes >= 8; input += 8, bytes -= 8)
    hash = std::rotl(hash ^ Round(0, Read<uint64_t>(input)), 27) * kPrime1 + kPrime4;
  for (; bytes >= 4; input += 4, bytes -= 4)
    hash = std::rotl(hash ^ (Read<uint32_t>(input) * kPrime1), 23) * kPrime2 + kPrime3;
  for (; bytes > 0; input++, bytes--) hash = std::rotl(hash ^ (*input * kPrime5), 11) * kPrime1;
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

}  // namespace pfs::hash
