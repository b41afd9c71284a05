// below.h: what may be a path below a directory, and how a path breaks that.
//
// Knows bytes alone: nothing is looked at on the disk.

#pragma once

#include <cstdint>
#include <span>

namespace pfs::file {

// Components joined by '/', of any bytes but zero. Not ended by a zero byte.
using Path = std::span<const uint8_t>;

inline constexpr size_t kPathBytesMax = 4095;
inline constexpr size_t kComponentBytesMax = 255;

// Beyond every errno of Linux, which end at 4095: the path is none, a component of it is a link, or it is no directory.
enum Broken : int { kMalformed = 4097, kLink = 4098, kNotDirectory = 4099 };

// No component is empty, ".", "..", or too long, and there is at least one.
bool IsBelow(Path path) noexcept;

}  // namespace pfs::file
