#include "link.h"

#include "damage.h"

namespace pfs::emulator {

// Neighbours of a super-packet that go on together.
struct Link::Run {
  uint32_t first = 0;
  uint32_t count = 0;
  int64_t begun_nanos = 0;
  int64_t due_nanos = 0;
};

Link::Link(const Settings& settings, uint64_t seed, uint64_t stream, Pool& pool)
    : settings_(settings),
      pool_(pool),
      random_(seed, stream),
      clock_(settings.rate_megabits, settings.queue_bytes),
      burst_(settings.burst_enter, settings.burst_leave),
      drift_(settings.jitter_nanos, settings.jitter_by_packet) {}

Link::~Link() {
  while (NextNanos() != Schedule::kNever) pool_.Drop(Next().frame);
}

void Link::Take(Frame& frame, int64_t now_nanos) {
  const Layout& layout = frame.layout;
  counters_.packets_in += layout.count;
  Run run;
  for (uint32_t index = 0; index < layout.count; index++) {
    const uint32_t bytes = layout.PacketBytes(index);
    counters_.bytes_in += bytes;
    if (is_cut_) {
      counters_.lost_cut++;
      continue;
    }
    const int64_t done = clock_.Admit(now_nanos, bytes);
    if (done < 0) counters_.queue_drops++;
    if (done < 0 || !Survives(bytes)) {
      Flush(frame, run);
      continue;
    }
    Place(frame, index, done, run);
  }
  Flush(frame, run);
}

bool Link::Survives(uint32_t packet_bytes) noexcept {
  if (settings_.drop_above_bytes > 0 && packet_bytes > settings_.drop_above_bytes) {
    counters_.lost_too_big++;
    return false;
  }
  // both draw for every packet: one kind of loss does not thin out the other
  const bool is_lost = random_.Chance(settings_.loss);
  const bool is_in_burst = burst_.Lose(random_);
  if (is_lost) counters_.lost_random++;
  else if (is_in_burst) counters_.lost_burst++;
  return !is_lost && !is_in_burst;
}

void Link::Place(Frame& frame, uint32_t index, int64_t done_nanos, Run& run) {
  const int64_t due = done_nanos + settings_.delay_nanos + drift_.At(done_nanos, random_);
  const bool is_held = random_.Chance(settings_.reorder);
  const bool is_twice = random_.Chance(settings_.duplicate);
  const bool is_damaged = random_.Chance(settings_.corrupt);
  if (!is_held && !is_twice && !is_damaged && !settings_.jitter_by_packet) {
    if (run.count > 0 && done_nanos - run.begun_nanos > settings_.chunk_nanos) Flush(frame, run);
    if (run.count == 0) {
      run.first = index;
      run.begun_nanos = done_nanos - clock_.NanosOf(frame.layout.PacketBytes(index));
    }
    run.count++;
    // a piece is there when its last bit is
    run.due_nanos = due;
    return;
  }
  Flush(frame, run);
  counters_.reordered += is_held;
  counters_.duplicated += is_twice;
  const int64_t when = is_held ? due + settings_.reorder_nanos : due;
  Frame* damaged = is_damaged ? Damaged(pool_, frame, index, settings_.corrupt_silently, random_) : nullptr;
  for (int copies = is_twice ? 2 : 1; copies > 0; copies--) {
    if (damaged) Keep(*damaged, 0, 1, when, is_held);
    else Keep(frame, index, 1, when, is_held);
  }
  if (!damaged) return;
  counters_.corrupted++;
  pool_.Drop(damaged);
}

void Link::Flush(Frame& frame, Run& run) {
  if (run.count > 0) Keep(frame, run.first, run.count, run.due_nanos, false);
  run.count = 0;
}

void Link::Keep(Frame& frame, uint32_t first, uint32_t count, int64_t due_nanos, bool is_held) {
  frame.references++;
  if (is_held) schedule_.AddHeld(due_nanos, &frame, first, count);
  else schedule_.Add(due_nanos, &frame, first, count);
}

void Link::Delivered(const Part& part, int64_t late_nanos) noexcept {
  counters_.packets_delivered += part.count;
  const Layout& layout = part.frame->layout;
  for (uint32_t index = part.first; index < uint32_t{part.first} + part.count; index++)
    counters_.bytes_delivered += layout.PacketBytes(index);
  counters_.lateness.Record(late_nanos, part.count);
}

void Link::Cut() noexcept {
  is_cut_ = true;
  while (NextNanos() != Schedule::kNever) {
    const Part part = Next();
    counters_.lost_cut += part.count;
    pool_.Drop(part.frame);
  }
  clock_.Empty();
}

}  // namespace pfs::emulator
