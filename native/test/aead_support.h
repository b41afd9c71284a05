// aead_support.h: what the programs of aead/ share: hex, a seeded generator.

#pragma once

#include <cstdint>
#include <cstdio>
#include <string_view>
#include <vector>

namespace pfs::test {

using Bytes = std::vector<uint8_t>;

inline Bytes Hex(std::string_view text) {
  Bytes bytes;
  const auto digit = [](char c) { return static_cast<uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); };
  for (size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
  return bytes;
}

inline Bytes Join(const Bytes& a, const Bytes& b) {
  Bytes joined = a;
  joined.insert(joined.end(), b.begin(), b.end());
  return joined;
}

// splitmix64: the same numbers from the same seed everywhere.
class Chance {
 public:
  explicit Chance(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  size_t Below(size_t bound) { return Next() % bound; }
  void Fill(uint8_t* to, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) to[i] = static_cast<uint8_t>(Next());
  }
  Bytes Some(size_t bytes) {
    Bytes made(bytes);
    Fill(made.data(), bytes);
    return made;
  }

 private:
  uint64_t state_;
};

}  // namespace pfs::test
