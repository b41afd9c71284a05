// timer.h: one deadline by timerfd: microseconds where the event loop's own timers know milliseconds.

#pragma once

#include <cstdint>

namespace pfs::udp {

class Timer {
 public:
  Timer() noexcept;
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Readable once the deadline has passed; -1 when the system has none to give.
  int Fd() const noexcept { return fd_; }
  // From now; replaces the deadline that was. 0 takes it away.
  void Set(uint64_t micros) noexcept;
  // True when the deadline has passed since it was last asked.
  bool TakeExpiry() noexcept;

 private:
  int fd_;
};

}  // namespace pfs::udp
