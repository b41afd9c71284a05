// tag.h: comparing tags and forgetting keys, so that neither time nor memory tells.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pfs::aead {

// Takes the same time wherever they differ.
inline bool EqualTags(const uint8_t* a, const uint8_t* b, size_t bytes) noexcept {
  volatile uint8_t difference = 0;
  for (size_t i = 0; i < bytes; i++) difference = difference | (a[i] ^ b[i]);
  return difference == 0;
}

// Memory that held a key; the compiler may not leave it out (glibc, musl).
inline void Wipe(void* memory, size_t bytes) noexcept { explicit_bzero(memory, bytes); }

}  // namespace pfs::aead
