// kernel.h: what the kernels of cut/ have in common: find the first cut among some bytes. For cut.cc and the
// tests.

#pragma once

#include "cut/cut.h"

namespace pfs::cut {

// One past the first p of [from, to) where the hash of bytes[p - 31, p] is below the threshold; 0 if there is
// none. `from` is at least kWindowBytes - 1, and bytes[from - 31, to) may be read.
using FindCut = size_t (*)(const Gear& gear, const uint8_t* bytes, size_t from, size_t to) noexcept;

size_t FindCutPortable(const Gear& gear, const uint8_t* bytes, size_t from, size_t to) noexcept;
#if defined(__x86_64__)
// Needs AVX-512 BW and VBMI.
size_t FindCutAvx512(const Gear& gear, const uint8_t* bytes, size_t from, size_t to) noexcept;
#endif

}  // namespace pfs::cut
