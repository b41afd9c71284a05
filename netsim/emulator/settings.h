// settings.h: one direction of a link as numbers: netsim/profiles.ts in C++, percents become shares and milliseconds
// nanoseconds. Every field at its default is a link that does nothing.

#pragma once

#include <cstdint>

namespace pfs::emulator {

struct Settings {
  double rate_megabits = 0;  // 0: no limit
  int64_t delay_nanos = 0;
  int64_t jitter_nanos = 0;  // to either side of the delay, never more than it
  bool jitter_by_packet = false;
  double loss = 0;
  double burst_enter = 0;
  double burst_leave = 1;
  double reorder = 0;
  int64_t reorder_nanos = 0;
  double duplicate = 0;
  double corrupt = 0;
  bool corrupt_silently = false;
  int64_t queue_bytes = 1 << 18;
  uint32_t drop_above_bytes = 0;  // 0: nothing is too big
  // A super-packet goes on in pieces of at most so much of the link's time.
  int64_t chunk_nanos = 250'000;
};

}  // namespace pfs::emulator
