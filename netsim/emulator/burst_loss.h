// burst_loss.h: loss in runs (Gilbert 1960, Elliott 1963): a good state that loses nothing, a bad one that loses all,
// and a chance of a change with every packet. Mean loss is enter / (enter + leave), a run's mean length 1 / leave.

#pragma once

#include "random.h"

namespace pfs::emulator {

class BurstLoss {
 public:
  BurstLoss(double enter, double leave) noexcept : enter_(enter), leave_(leave) {}

  // Whether the next packet is lost.
  bool Lose(Random& random) noexcept {
    if (enter_ <= 0) return false;
    is_bad_ = is_bad_ ? !random.Chance(leave_) : random.Chance(enter_);
    return is_bad_;
  }

 private:
  double enter_;
  double leave_;
  bool is_bad_ = false;
};

}  // namespace pfs::emulator
