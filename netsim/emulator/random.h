// random.h: the emulator's only chance: xoshiro256** 1.0 (Blackman and Vigna), seeded through splitmix64, so that a seed
// and a stream number give the same draws on every machine. Never for keys.

#pragma once

#include <cstdint>

namespace pfs::emulator {

class Random {
 public:
  // Streams of one seed have nothing to do with each other.
  Random(uint64_t seed, uint64_t stream) noexcept {
    uint64_t state = seed ^ (stream * 0xd1342543de82ef95);
    for (uint64_t& word : words_) word = Split(state);
  }

  uint64_t Bits() noexcept {
    const uint64_t result = Rotate(words_[1] * 5, 7) * 9;
    const uint64_t shifted = words_[1] << 17;
    words_[2] ^= words_[0];
    words_[3] ^= words_[1];
    words_[1] ^= words_[2];
    words_[0] ^= words_[3];
    words_[2] ^= shifted;
    words_[3] = Rotate(words_[3], 45);
    return result;
  }

  // Uniform in [0, 1): the upper 53 bits, all that a double holds.
  double Unit() noexcept { return static_cast<double>(Bits() >> 11) * 0x1p-53; }

  // Of something impossible nothing is drawn, so that an effect that is off moves no other's numbers.
  bool Chance(double probability) noexcept { return probability > 0 && Unit() < probability; }

  // Uniform in [0, limit), limit > 0.
  uint64_t Below(uint64_t limit) noexcept { return static_cast<uint64_t>(Unit() * static_cast<double>(limit)); }

 private:
  static constexpr uint64_t Rotate(uint64_t value, int by) noexcept { return (value << by) | (value >> (64 - by)); }

  static uint64_t Split(uint64_t& state) noexcept {
    state += 0x9e3779b97f4a7c15;
    uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  uint64_t words_[4];
};

}  // namespace pfs::emulator
