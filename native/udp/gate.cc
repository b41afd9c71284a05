// gate.cc: see gate.h.

#include "udp/gate.h"

#include <cstring>

#include "udp/address.h"
#include "udp/packet.h"

namespace pfs::udp {

namespace {

// PROTOCOL.md §4.
constexpr uint8_t kInitType = 0x01;
constexpr uint8_t kCookieType = 0x05;
constexpr uint8_t kCookiedType = 0x06;
constexpr uint32_t kVersion = 1;
constexpr size_t kSourceAt = 5;
constexpr size_t kInitHeaderBytes = 15;
constexpr size_t kCookiedHeaderBytes = 1 + kCookieBytes;
constexpr size_t kInitDatagramBytesMax = 1200;

struct Init {
  const uint8_t* source;
  const uint8_t* cookie;  // null: none came with it
};

bool FindInit(const uint8_t* datagram, size_t bytes, Init* init) noexcept {
  const bool is_cookied = bytes > 0 && datagram[0] == kCookiedType;
  const size_t at = is_cookied ? kCookiedHeaderBytes : 0;
  if (bytes < at + kInitHeaderBytes || bytes > kInitDatagramBytesMax) return false;
  if (datagram[at] != kInitType || ReadU32(datagram + at + 1) != kVersion) return false;
  *init = {datagram + at + kSourceAt, is_cookied ? datagram + 1 : nullptr};
  return true;
}

// A MAC over what src/proto/address.ts has: the port, then the text of the host.
void MakeCookie(const uint8_t* key, const sockaddr_storage& from, uint8_t* cookie) noexcept {
  uint8_t address[2 + kAddressTextBytes];
  const uint16_t port = PortOf(from);
  address[0] = static_cast<uint8_t>(port >> 8);
  address[1] = static_cast<uint8_t>(port);
  char text[kAddressTextBytes];
  WriteAddress(from, text);
  const size_t length = std::strlen(text);
  std::memcpy(address + 2, text, length);
  hash::SipHash128(key, address, 2 + length, cookie);
}

// In the same time wherever they differ.
bool AreSame(const uint8_t* a, const uint8_t* b) noexcept {
  uint8_t difference = 0;
  for (size_t i = 0; i < kCookieBytes; i++) difference = static_cast<uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

bool MayBeKnown(const Gate& gate, const uint8_t* source) noexcept {
  return !gate.known.empty() && gate.known[ReadU32(source) & (gate.known.size() - 1)] != 0;
}

}  // namespace

bool IsTurnedAway(const Gate& gate, const sockaddr_storage& from, const uint8_t* datagram, size_t bytes) noexcept {
  Init init;
  if (!FindInit(datagram, bytes, &init) || MayBeKnown(gate, init.source)) return false;
  if (!init.cookie) return true;
  uint8_t made[kCookieBytes];
  for (size_t at = 0; at + hash::kSipKeyBytes <= gate.keys.size(); at += hash::kSipKeyBytes) {
    MakeCookie(gate.keys.data() + at, from, made);
    if (AreSame(made, init.cookie)) return false;
  }
  return true;
}

bool WriteCookie(const Gate& gate, const sockaddr_storage& from, const uint8_t* datagram, size_t bytes,
                 uint8_t* packet) noexcept {
  Init init;
  if (bytes < kCookiePacketBytes || !FindInit(datagram, bytes, &init)) return false;
  packet[0] = kCookieType;
  std::memcpy(packet + 1, init.source, kIdBytes);
  MakeCookie(gate.keys.data(), from, packet + 1 + kIdBytes);
  return true;
}

}  // namespace pfs::udp
