// packet.h: the clear part of FRAMES and DATA packets, as bytes. PROTOCOL.md §4, §6.4.
//
//   FRAMES  { Type (8) = 0x40 | phase, Destination Id (64), Path (8), Number (32), Sealed (..), Tag (128) }
//   DATA    { Type (8) = 0x42 | phase, Destination Id (64), Path (8), Number (32), Sealed (..), Tag (128) }
//   Sealed of DATA  { Stream (16), Offset (48), Payload (..) }
//
// The twin of src/wire/packet.ts and src/crypto/packet_number.ts. Knows no keys.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pfs::udp {

inline constexpr uint8_t kFramesType = 0x40;
inline constexpr uint8_t kDataType = 0x42;
inline constexpr size_t kIdBytes = 8;
inline constexpr size_t kIdAt = 1;
inline constexpr size_t kPathAt = 9;
// Paths of one connection, §4.3-1.
inline constexpr size_t kPathsMax = 4;
inline constexpr size_t kNumberAt = 10;
inline constexpr size_t kHeaderBytes = 14;
inline constexpr size_t kDataPrefixBytes = 8;
inline constexpr size_t kPacketTagBytes = 16;
inline constexpr size_t kDataOverheadBytes = kHeaderBytes + kDataPrefixBytes + kPacketTagBytes;
inline constexpr size_t kFramesOverheadBytes = kHeaderBytes + kPacketTagBytes;
// No peer may send a larger datagram, §4-3.
inline constexpr size_t kDatagramBytesMax = 9216;
inline constexpr uint64_t kOffsetMax = uint64_t{1} << 48;
inline constexpr uint64_t kNumberMax = (uint64_t{1} << 53) - 1;

inline uint32_t ReadU32(const uint8_t* at) noexcept {
  uint32_t value;
  std::memcpy(&value, at, 4);
  return __builtin_bswap32(value);
}

inline uint64_t ReadU64(const uint8_t* at) noexcept {
  uint64_t value;
  std::memcpy(&value, at, 8);
  return __builtin_bswap64(value);
}

inline void WriteU32(uint8_t* at, uint32_t value) noexcept {
  value = __builtin_bswap32(value);
  std::memcpy(at, &value, 4);
}

inline void WriteU64(uint8_t* at, uint64_t value) noexcept {
  value = __builtin_bswap64(value);
  std::memcpy(at, &value, 8);
}

inline void WriteHeader(uint8_t* packet, uint8_t type, uint32_t phase, const uint8_t* id, uint8_t path,
                        uint64_t number) noexcept {
  packet[0] = static_cast<uint8_t>(type | (phase & 1));
  std::memcpy(packet + kIdAt, id, kIdBytes);
  packet[kPathAt] = path;
  WriteU32(packet + kNumberAt, static_cast<uint32_t>(number));
}

inline void WriteDataPrefix(uint8_t* at, uint16_t stream, uint64_t offset) noexcept {
  WriteU64(at, (uint64_t{stream} << 48) | offset);
}

// True for FRAMES or DATA, long enough to hold its id, and meant for this one.
inline bool IsSealedFor(const uint8_t* packet, size_t bytes, const uint8_t* id) noexcept {
  if (bytes < kIdAt + kIdBytes) return false;
  const uint8_t type = packet[0] & 0xfe;
  return (type == kFramesType || type == kDataType) && std::memcmp(packet + kIdAt, id, kIdBytes) == 0;
}

// The number nearest to (largest opened + 1) with these 32 bits; of two equally near ones, the higher; never above the
// largest number there is. §6.4-3
inline uint64_t ExpandNumber(uint32_t low, int64_t largest) noexcept {
  constexpr int64_t kSpan = int64_t{1} << 32;
  constexpr int64_t kHalf = kSpan / 2;
  constexpr int64_t kMax = static_cast<int64_t>(kNumberMax);
  const int64_t expected = largest + 1;
  const int64_t base = expected - expected % kSpan;
  const int64_t candidate = base + low;
  const int64_t upper = candidate + kSpan;
  if (candidate <= expected - kHalf && upper <= kMax) return static_cast<uint64_t>(upper);
  if ((candidate > expected + kHalf || candidate > kMax) && base >= kSpan)
    return static_cast<uint64_t>(candidate - kSpan);
  return static_cast<uint64_t>(candidate);
}

}  // namespace pfs::udp
