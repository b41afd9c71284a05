// link.h: one direction of an emulated link: frames go in with the time, and come out when they are due, less what was
// lost. In this order: queue and serialiser, loss, delay and jitter, reordering, duplication, damage; a packet that is
// lost has used the link, as on a radio. Knows frames and time; no clock and no device.

#pragma once

#include <cstdint>

#include "burst_loss.h"
#include "counters.h"
#include "drift.h"
#include "pool.h"
#include "random.h"
#include "rate_clock.h"
#include "schedule.h"
#include "settings.h"

namespace pfs::emulator {

class Link {
 public:
  Link(const Settings& settings, uint64_t seed, uint64_t stream, Pool& pool);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // A frame that came `now`, its layout known. The link has references of its own to what it keeps.
  void Take(Frame& frame, int64_t now_nanos);

  // When something is due next; Schedule::kNever while the line is empty.
  int64_t NextNanos() const noexcept { return schedule_.NextNanos(); }
  // What is due next, to be handed over. The caller has its reference, and says how that went.
  Part Next() noexcept { return schedule_.Take(); }
  void Delivered(const Part& part, int64_t late_nanos) noexcept;
  void Refused(const Part& part) noexcept { counters_.lost_refused += part.count; }

  // Cut: all that is on the line is lost, and all that comes.
  void Cut() noexcept;
  void Restore() noexcept { is_cut_ = false; }
  bool is_cut() const noexcept { return is_cut_; }

  void LostToOverflow(uint64_t packets) noexcept { counters_.lost_overflow += packets; }
  const Counters& counters() const noexcept { return counters_; }
  const RateClock& clock() const noexcept { return clock_; }

 private:
  struct Run;
  bool Survives(uint32_t packet_bytes) noexcept;
  void Place(Frame& frame, uint32_t index, int64_t done_nanos, Run& run);
  void Flush(Frame& frame, Run& run);
  void Keep(Frame& frame, uint32_t first, uint32_t count, int64_t due_nanos, bool is_held);

  Settings settings_;
  Pool& pool_;
  Random random_;
  RateClock clock_;
  BurstLoss burst_;
  Drift drift_;
  Schedule schedule_;
  Counters counters_;
  bool is_cut_ = false;
};

}  // namespace pfs::emulator
