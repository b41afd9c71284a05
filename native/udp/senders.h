// senders.h: gives the sender of an arrival a small number, so that its text is made once, not per arrival.
//
// Knows addresses. Two that share a place take it from each other: the number is right as long as it is asked
// for in the order of arrival, and costs a new text then.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "udp/address.h"

namespace pfs::udp {

// A power of two. More peers than any one socket serves at a time today; 8 KiB.
inline constexpr size_t kSenders = 256;

class Senders {
 public:
  // *is_new: the number meant someone else before, or no one.
  uint32_t NumberOf(const sockaddr_storage& from, bool* is_new) noexcept {
    const AddressKey key = KeyOf(from);
    *is_new = false;
    if (key == keys_[last_]) return last_;
    last_ = static_cast<uint32_t>((HashOf(key) >> 32) & (kSenders - 1));
    if (key == keys_[last_]) return last_;
    keys_[last_] = key;
    *is_new = true;
    return last_;
  }

 private:
  uint32_t last_ = 0;
  std::array<AddressKey, kSenders> keys_;
};

}  // namespace pfs::udp
