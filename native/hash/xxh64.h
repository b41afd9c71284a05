// xxh64.h: XXH64, against accidents, never against people.

#pragma once

#include <cstddef>
#include <cstdint>

namespace pfs::hash {

uint64_t Xxh64(const uint8_t* input, size_t bytes, uint64_t seed = 0) noexcept;

}  // namespace pfs::hash
