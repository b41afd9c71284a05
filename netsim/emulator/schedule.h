// schedule.h: what is on the line, by the time it comes out. Nearly all comes out in the order it went in and costs a
// queue's push; what is held back longer goes to a heap. Equal times come out in the order they went in.

#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "pool.h"

namespace pfs::emulator {

// `count` packets of a frame from `first` on. Holds a reference to it.
struct Part {
  int64_t due_nanos;
  uint64_t order;
  Frame* frame;
  uint16_t first;
  uint16_t count;
};

class Schedule {
 public:
  static constexpr int64_t kNever = INT64_MAX;

  void Add(int64_t due_nanos, Frame* frame, uint32_t first, uint32_t count) {
    const Part part{due_nanos, order_++, frame, static_cast<uint16_t>(first), static_cast<uint16_t>(count)};
    if (in_order_.empty() || in_order_.back().due_nanos <= due_nanos) {
      in_order_.push_back(part);
    } else {
      AddLate(part);
    }
  }

  // Of what will be overtaken: in the queue it would send all behind it to the heap.
  void AddHeld(int64_t due_nanos, Frame* frame, uint32_t first, uint32_t count) {
    AddLate({due_nanos, order_++, frame, static_cast<uint16_t>(first), static_cast<uint16_t>(count)});
  }

  int64_t NextNanos() const noexcept {
    const int64_t queued = in_order_.empty() ? kNever : in_order_.front().due_nanos;
    return heap_.empty() ? queued : std::min(queued, heap_.front().due_nanos);
  }

  // NextNanos() is not kNever.
  Part Take() noexcept {
    if (heap_.empty() || (!in_order_.empty() && !IsLater(in_order_.front(), heap_.front()))) {
      const Part part = in_order_.front();
      in_order_.pop_front();
      return part;
    }
    std::pop_heap(heap_.begin(), heap_.end(), IsLater);
    const Part part = heap_.back();
    heap_.pop_back();
    return part;
  }

 private:
  static bool IsLater(const Part& a, const Part& b) noexcept {
    return a.due_nanos != b.due_nanos ? a.due_nanos > b.due_nanos : a.order > b.order;
  }
  void AddLate(const Part& part) {
    heap_.push_back(part);
    std::push_heap(heap_.begin(), heap_.end(), IsLater);
  }

  std::deque<Part> in_order_;
  std::vector<Part> heap_;
  uint64_t order_ = 0;
};

}  // namespace pfs::emulator
