// ladder.h: how trains may go to a destination: by the fastest means its route has not refused.
//
// Knows rungs, addresses and time; makes no system calls. Only what was refused is remembered, a little of it
// and for a while: the usual destination costs nothing, a bad route slows no other, and a mended one is fast
// again. quinn #1128 and msquic #3865 tell of one switch for all.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "udp/address.h"

namespace pfs::udp {

enum class Rung : uint8_t { kGso = 0, kMmsg = 1, kMsg = 2 };

// Destinations remembered: as many routes as plausibly refuse at once. The oldest is forgotten first.
inline constexpr size_t kLadderEntries = 32;
// A refused rung is tried again: routes and interfaces change, and a refusal costs two system calls.
inline constexpr uint64_t kLadderRetryMillis = 60'000;

class Ladder {
 public:
  explicit Ladder(Rung top) noexcept : top_(top) {}

  // The rung to begin with. Routes do not know ports, so neither does the memory.
  Rung RungFor(const AddressKey& destination, uint64_t now_millis) noexcept;
  // Only `rung` and below it work there.
  void StepDown(const AddressKey& destination, Rung rung, uint64_t now_millis) noexcept;
  // No entry at all: RungFor() need not be asked.
  bool IsClear() const noexcept { return count_ == 0; }
  Rung Top() const noexcept { return top_; }

 private:
  struct Entry {
    AddressKey destination;
    Rung rung = Rung::kGso;
    uint64_t since_millis = 0;
  };
  Entry* Find(AddressKey destination) noexcept;

  Rung top_;
  size_t count_ = 0;
  std::array<Entry, kLadderEntries> entries_;
};

}  // namespace pfs::udp
