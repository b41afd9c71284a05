// timer.cc: see timer.h.

#include "udp/timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

namespace pfs::udp {

Timer::Timer() noexcept : fd_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {}

Timer::~Timer() {
  if (fd_ >= 0) close(fd_);
}

void Timer::Set(uint64_t micros) noexcept {
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(micros / 1'000'000);
  when.it_value.tv_nsec = static_cast<long>(micros % 1'000'000 * 1000);
  timerfd_settime(fd_, 0, &when, nullptr);
}

bool Timer::TakeExpiry() noexcept {
  uint64_t times;
  return read(fd_, &times, sizeof times) == static_cast<ssize_t>(sizeof times);
}

}  // namespace pfs::udp
