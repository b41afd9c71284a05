// rate_clock.h: a link's serialiser and the queue in front of it, as arithmetic on one number: when the link will have
// sent all that it took. Its rate is as exact as that number, whatever the timers of the machine do. Knows no clock.

#pragma once

#include <algorithm>
#include <cstdint>

namespace pfs::emulator {

// An Ethernet header: what an IP packet costs the wire beyond itself.
constexpr int64_t kFramingBytes = 14;

class RateClock {
 public:
  // 0 Mbit/s is a link without a limit, which never has a queue.
  RateClock(double megabits, int64_t queue_bytes) noexcept
      : picos_per_byte_(megabits > 0 ? static_cast<int64_t>(8e6 / megabits + 0.5) : 0),
        queue_picos_(queue_bytes * picos_per_byte_) {}

  // When the last bit of a packet that comes `now` will have left; -1: the queue is full, and it is dropped at the tail.
  // A packet that finds nobody before it is always taken.
  int64_t Admit(int64_t now_nanos, int64_t packet_bytes) noexcept {
    if (picos_per_byte_ == 0) return now_nanos;
    const int64_t now = now_nanos * 1000;
    const int64_t start = std::max(now, busy_until_picos_);
    const int64_t cost = (packet_bytes + kFramingBytes) * picos_per_byte_;
    const int64_t waiting = start - now;
    if (waiting > 0 && waiting + cost > queue_picos_) return -1;
    if (busy_until_picos_ > 0) idle_picos_ += start - busy_until_picos_;
    busy_until_picos_ = start + cost;
    queued_picos_max_ = std::max(queued_picos_max_, waiting + cost);
    return busy_until_picos_ / 1000;
  }

  int64_t NanosOf(int64_t packet_bytes) const noexcept { return (packet_bytes + kFramingBytes) * picos_per_byte_ / 1000; }

  int64_t queued_bytes_max() const noexcept { return picos_per_byte_ == 0 ? 0 : queued_picos_max_ / picos_per_byte_; }

  // Between its first packet and its last the link had nothing to send for so long.
  int64_t idle_nanos() const noexcept { return idle_picos_ / 1000; }

  // What waited is gone.
  void Empty() noexcept { busy_until_picos_ = 0; }

 private:
  // 10^-12 s: at 300 Mbit/s rounding to whole ones costs a hundred-thousandth of the rate, and 2^63 are 106 days.
  int64_t picos_per_byte_;
  int64_t queue_picos_;
  int64_t busy_until_picos_ = 0;
  int64_t queued_picos_max_ = 0;
  int64_t idle_picos_ = 0;
};

}  // namespace pfs::emulator
