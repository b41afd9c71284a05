// checksum.h: the one's complement sum of IP, TCP and UDP (RFC 1071), and how it follows a change (RFC 1624).

#pragma once

#include <cstddef>
#include <cstdint>

namespace pfs::emulator {

inline uint16_t Load16(const uint8_t* at) noexcept { return static_cast<uint16_t>(at[0] << 8 | at[1]); }
inline uint32_t Load32(const uint8_t* at) noexcept { return static_cast<uint32_t>(Load16(at)) << 16 | Load16(at + 2); }
inline void Store16(uint8_t* at, uint32_t value) noexcept {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}
inline void Store32(uint8_t* at, uint32_t value) noexcept {
  Store16(at, value >> 16);
  Store16(at + 2, value);
}

inline uint16_t Fold(uint64_t sum) noexcept {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

// Of big-endian 16-bit words, an odd last byte padded with zero; not complemented.
inline uint64_t Sum(const uint8_t* data, size_t bytes) noexcept {
  uint64_t sum = 0;
  for (; bytes > 1; data += 2, bytes -= 2) sum += Load16(data);
  if (bytes) sum += static_cast<uint64_t>(data[0]) << 8;
  return sum;
}

// A sum in which one word is now another.
inline uint16_t Replaced(uint16_t sum, uint32_t before, uint32_t after) noexcept {
  return Fold(static_cast<uint64_t>(sum) + (~before & 0xffff) + (after & 0xffff));
}

}  // namespace pfs::emulator
