// gate.h: who is turned away while an endpoint is under load: whoever says INIT and brings no good cookie. PROTOCOL.md
// §5-16 to §5-18.
//
// The twin of src/proto/door.ts and src/crypto/cookie.ts, for the many of a flood. Knows INITs, cookies and addresses; no
// moments and no sockets: who is under load, with which keys, and how many may be answered, it is told.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "hash/siphash.h"
#include "udp/socket.h"

namespace pfs::udp {

inline constexpr size_t kCookieBytes = hash::kSipBytes;
// Type, Destination Id, Cookie.
inline constexpr size_t kCookiePacketBytes = 1 + 8 + kCookieBytes;

struct Gate {
  // Of cookies, hash::kSipKeyBytes each: the one that makes them, then the one before it, if there is one.
  std::span<const uint8_t> keys;
  // How many INITs made connections, by the low bits of the first half of their Source Id; a power of two of places, or
  // none. Who may be one of them is let through.
  std::span<const uint16_t> known;
  // How many may still be answered.
  size_t answers_left;
};

bool IsTurnedAway(const Gate& gate, const sockaddr_storage& from, const uint8_t* datagram, size_t bytes) noexcept;

// The COOKIE for one that is turned away: kCookiePacketBytes at `packet`. False where it would be larger than what it
// answers.
bool WriteCookie(const Gate& gate, const sockaddr_storage& from, const uint8_t* datagram, size_t bytes,
                 uint8_t* packet) noexcept;

}  // namespace pfs::udp
