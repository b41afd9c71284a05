// cut_portable.cc: the search for a cut in plain C++, for any machine.
//
// One stream is bound by the latency of its shift and add, so blocks are searched as four lanes side by side:
// each lane begins 31 bytes early, and the first lane that has a cut has the first cut.

#include "cut/kernel.h"

namespace pfs::cut {
namespace {

constexpr size_t kLanes = 4;
// A block costs 31 bytes more a lane, and what of it lies behind the cut is searched in vain: 16 KiB go
// before the mean cut.
constexpr size_t kLaneBytes = 512;

inline uint32_t Warm(const Gear& gear, const uint8_t* at) noexcept {
  uint32_t hash = 0;
  for (const uint8_t* byte = at - (kWindowBytes - 1); byte < at; byte++)
    hash = (hash << 1) + gear.table[*byte];
  return hash;
}

size_t FindInLane(const Gear& gear, const uint8_t* bytes, size_t from, size_t to) noexcept {
  uint32_t hash = Warm(gear, bytes + from);
  for (size_t at = from; at < to; at++) {
    hash = (hash << 1) + gear.table[bytes[at]];
    if (hash < gear.threshold) return at + 1;
  }
  return 0;
}

bool HasCut(const Gear& gear, const uint8_t* block) noexcept {
  const uint8_t* const a = block;
  const uint8_t* const b = a + kLaneBytes;
  const uint8_t* const c = b + kLaneBytes;
  const uint8_t* const d = c + kLaneBytes;
  uint32_t ha = Warm(gear, a), hb = Warm(gear, b), hc = Warm(gear, c), hd = Warm(gear, d);
  const uint32_t threshold = gear.threshold;
  for (size_t at = 0; at < kLaneBytes; at++) {
    ha = (ha << 1) + gear.table[a[at]];
    hb = (hb << 1) + gear.table[b[at]];
    hc = (hc << 1) + gear.table[c[at]];
    hd = (hd << 1) + gear.table[d[at]];
    if ((ha < threshold) | (hb < threshold) | (hc < threshold) | (hd < threshold)) return true;
  }
  return false;
}

}  // namespace

size_t FindCutPortable(const Gear& gear, const uint8_t* bytes, size_t from, size_t to) noexcept {
  constexpr size_t block_bytes = kLanes * kLaneBytes;
  for (; from + block_bytes <= to; from += block_bytes)
    if (HasCut(gear, bytes + from)) return FindInLane(gear, bytes, from, from + block_bytes);
  return from < to ? FindInLane(gear, bytes, from, to) : 0;
}

}  // namespace pfs::cut
