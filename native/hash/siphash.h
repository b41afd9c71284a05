// siphash.h: SipHash-2-4 with 128 bits of output (Aumasson and Bernstein): a keyed hash for a few bytes at a time. The
// twin of src/crypto/siphash.ts.

#pragma once

#include <cstddef>
#include <cstdint>

namespace pfs::hash {

inline constexpr size_t kSipKeyBytes = 16;
inline constexpr size_t kSipBytes = 16;

void SipHash128(const uint8_t* key, const uint8_t* input, size_t bytes, uint8_t* out) noexcept;

}  // namespace pfs::hash
