// counters.h: what happened to the packets of one direction; netsim/emulator.ts says what each field means.

#pragma once

#include <cstdint>

#include "lateness.h"

namespace pfs::emulator {

struct Counters {
  uint64_t packets_in = 0;
  uint64_t bytes_in = 0;
  uint64_t packets_delivered = 0;
  uint64_t bytes_delivered = 0;
  uint64_t queue_drops = 0;
  uint64_t lost_random = 0;
  uint64_t lost_burst = 0;
  uint64_t lost_too_big = 0;
  uint64_t lost_cut = 0;
  uint64_t lost_overflow = 0;
  uint64_t lost_refused = 0;
  uint64_t reordered = 0;
  uint64_t duplicated = 0;
  uint64_t corrupted = 0;
  Lateness lateness;
};

}  // namespace pfs::emulator
