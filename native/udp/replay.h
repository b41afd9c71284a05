// replay.h: a sliding window of packet numbers already opened: one per path and direction. PROTOCOL.md §6.4.
//
// The twin of src/crypto/replay.ts. A ring of bits: number n lives at bit n modulo the window, so that moving forward
// clears bits and moves nothing. Mark only what has authenticated.

#pragma once

#include <cstdint>
#include <cstring>

namespace pfs::udp {

inline constexpr uint64_t kReplayNumbers = 4096;

class ReplayWindow {
 public:
  // The largest number marked; -1 before the first.
  int64_t Largest() const noexcept { return largest_; }

  bool IsFresh(uint64_t number) const noexcept {
    const int64_t n = static_cast<int64_t>(number);
    if (n > largest_) return true;
    if (n <= largest_ - static_cast<int64_t>(kReplayNumbers)) return false;
    return (bits_[Word(number)] & Bit(number)) == 0;
  }

  void Mark(uint64_t number) noexcept {
    const int64_t n = static_cast<int64_t>(number);
    if (n > largest_) {
      Forget(static_cast<uint64_t>(largest_ + 1), number);
      largest_ = n;
    }
    bits_[Word(number)] |= Bit(number);
  }

 private:
  static uint64_t Word(uint64_t number) noexcept { return (number % kReplayNumbers) / 64; }
  static uint64_t Bit(uint64_t number) noexcept { return uint64_t{1} << (number % 64); }

  // Clears the places of [start, end], which held numbers one window older.
  void Forget(uint64_t start, uint64_t end) noexcept {
    if (end - start >= kReplayNumbers) {
      std::memset(bits_, 0, sizeof bits_);
      return;
    }
    for (uint64_t number = start; number <= end;) {
      if (number % 64 == 0 && number + 63 <= end) {
        bits_[Word(number)] = 0;
        number += 64;
      } else {
        bits_[Word(number)] &= ~Bit(number);
        number++;
      }
    }
  }

  uint64_t bits_[kReplayNumbers / 64] = {};
  int64_t largest_ = -1;
};

}  // namespace pfs::udp
