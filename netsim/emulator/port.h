// port.h: between the devices and a link: frames from one side's device into a link, and what a link lets out to the
// other side's. One direction. Keeps time, because a frame's moment is when it is read.

#pragma once

#include <cstdint>

#include "link.h"
#include "tun.h"

namespace pfs::emulator {

int64_t NowNanos() noexcept;

class Port {
 public:
  Port(Tun& from, Tun& to, Link& link, Pool& pool) noexcept : from_(from), to_(to), link_(link), pool_(pool) {}
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  // Reads what waits, a bounded number of frames, and hands over what is due in between.
  void Read();
  // Hands over all that is due.
  void Deliver() noexcept;

 private:
  void Compact() noexcept;
  bool Write(const Part& part) noexcept;

  Tun& from_;
  Tun& to_;
  Link& link_;
  Pool& pool_;
  // of the full size, for the next frame
  Frame* incoming_ = nullptr;
};

}  // namespace pfs::emulator
