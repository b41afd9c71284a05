// ladder.cc: see ladder.h.

#include "udp/ladder.h"

namespace pfs::udp {

Ladder::Entry* Ladder::Find(AddressKey destination) noexcept {
  destination.port = 0;
  for (size_t i = 0; i < count_; i++)
    if (entries_[i].destination == destination) return &entries_[i];
  return nullptr;
}

Rung Ladder::RungFor(const AddressKey& destination, uint64_t now_millis) noexcept {
  Entry* entry = Find(destination);
  if (entry == nullptr) return top_;
  if (now_millis - entry->since_millis < kLadderRetryMillis) return entry->rung;
  *entry = entries_[--count_];
  return top_;
}

void Ladder::StepDown(const AddressKey& destination, Rung rung, uint64_t now_millis) noexcept {
  Entry* entry = Find(destination);
  if (entry == nullptr && count_ < kLadderEntries) entry = &entries_[count_++];
  if (entry == nullptr) {
    entry = &entries_[0];
    for (Entry& other : entries_)
      if (other.since_millis < entry->since_millis) entry = &other;
  }
  entry->destination = destination;
  entry->destination.port = 0;
  entry->rung = rung;
  entry->since_millis = now_millis;
}

}  // namespace pfs::udp
