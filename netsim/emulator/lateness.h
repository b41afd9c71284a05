// lateness.h: how late packets were handed over, as a histogram of fixed size: eight steps to a doubling, so that a
// figure is right within an eighth. What lets a run reject itself.

#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace pfs::emulator {

class Lateness {
 public:
  // Early is not late.
  void Record(int64_t nanos, uint64_t packets) noexcept {
    const uint64_t late = nanos > 0 ? static_cast<uint64_t>(nanos) : 0;
    counts_[std::min(IndexOf(late), kSteps - 1)] += packets;
    packets_ += packets;
    max_nanos_ = std::max(max_nanos_, late);
  }

  // No more than `share` of the packets were later than this, the upper end of its step.
  uint64_t QuantileNanos(double share) const noexcept {
    const auto wanted = static_cast<uint64_t>(share * static_cast<double>(packets_));
    uint64_t seen = 0;
    for (uint32_t index = 0; index < kSteps; index++) {
      seen += counts_[index];
      if (seen > wanted) return index + 1 < kSteps ? std::min(EndOf(index), max_nanos_) : max_nanos_;
    }
    return max_nanos_;
  }

  uint64_t max_nanos() const noexcept { return max_nanos_; }

 private:
  // below 8 ns each value has a step; then the bit length and the three bits behind the first choose it
  static uint32_t IndexOf(uint64_t value) noexcept {
    if (value < 8) return static_cast<uint32_t>(value);
    const auto shift = static_cast<uint32_t>(std::bit_width(value)) - 4;
    return shift * 8 + static_cast<uint32_t>(value >> shift);
  }
  static uint64_t EndOf(uint32_t index) noexcept {
    if (index < 16) return index;
    const uint32_t shift = index / 8 - 1;
    return ((static_cast<uint64_t>(index % 8) + 9) << shift) - 1;
  }

  // the last holds all from 2^40 ns on: 18 minutes
  static constexpr uint32_t kSteps = 38 * 8;

  uint64_t counts_[kSteps] = {};
  uint64_t packets_ = 0;
  uint64_t max_nanos_ = 0;
};

}  // namespace pfs::emulator
