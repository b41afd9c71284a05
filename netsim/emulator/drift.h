// drift.h: what is added to the delay of a packet, between minus and plus `jitter`. Either every packet draws for itself,
// and packets overtake; or the delay walks in straight lines from one drawn value to the next, slower than time runs, so
// that no packet overtakes another.

#pragma once

#include <algorithm>
#include <cstdint>

#include "random.h"

namespace pfs::emulator {

class Drift {
 public:
  Drift(int64_t jitter_nanos, bool by_packet) noexcept
      : jitter_nanos_(jitter_nanos),
        by_packet_(by_packet),
        // from one end to the other is 2 * jitter: at most half a nanosecond of delay per nanosecond of time
        leg_nanos_(std::max(kLegNanosMin, 4 * jitter_nanos)) {}

  // Of a packet that enters the line at `at`; times come in order.
  int64_t At(int64_t at_nanos, Random& random) noexcept {
    if (jitter_nanos_ == 0) return 0;
    if (by_packet_) return Draw(random);
    if (at_nanos >= leg_ends_nanos_) {
      from_ = to_;
      to_ = Draw(random);
      // after a silence of a leg or more the walk goes on from where it stood
      const bool is_stale = at_nanos - leg_ends_nanos_ >= leg_nanos_;
      leg_ends_nanos_ = (is_stale ? at_nanos : leg_ends_nanos_) + leg_nanos_;
    }
    const double left = static_cast<double>(leg_ends_nanos_ - at_nanos) / static_cast<double>(leg_nanos_);
    return to_ - static_cast<int64_t>(left * static_cast<double>(to_ - from_));
  }

 private:
  int64_t Draw(Random& random) noexcept {
    return static_cast<int64_t>((2 * random.Unit() - 1) * static_cast<double>(jitter_nanos_));
  }

  static constexpr int64_t kLegNanosMin = 100'000'000;

  int64_t jitter_nanos_;
  bool by_packet_;
  int64_t leg_nanos_;
  int64_t leg_ends_nanos_ = 0;
  int64_t from_ = 0;
  int64_t to_ = 0;
};

}  // namespace pfs::emulator
