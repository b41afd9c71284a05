// nonce.h: the nonce of a packet, PROTOCOL.md §6.3-2.
//
// Knows the arithmetic and no cipher.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pfs::aead {

// iv XOR (path (32) ‖ number (64)), big-endian, in the last 12 of nonce_bytes; what is before them is the iv
// itself.
inline void WriteNonce(uint8_t* nonce, const uint8_t* iv, size_t nonce_bytes, uint32_t path,
                       uint64_t number) noexcept {
  uint8_t laid[12];
  for (int i = 0; i < 4; i++) laid[i] = static_cast<uint8_t>(path >> (24 - 8 * i));
  for (int i = 0; i < 8; i++) laid[4 + i] = static_cast<uint8_t>(number >> (56 - 8 * i));
  std::memcpy(nonce, iv, nonce_bytes);
  for (int i = 0; i < 12; i++) nonce[nonce_bytes - 12 + i] ^= laid[i];
}

}  // namespace pfs::aead
