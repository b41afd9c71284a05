// many.h: small files by the hundred in one call: all that a directory has, many files into one buffer, many out of one.
//
// Knows paths as bytes. Allocates nothing per file. A file's fault is its own: the others are gone on with.

#pragma once

#include <span>
#include <vector>

#include "file/entry.h"
#include "file/held.h"
#include "file/place.h"

namespace pfs::file {

// File `i` has the bytes of `paths` between the ends of the path before it and its own, and its content at `offsets[i]`
// of a buffer, `lengths[i]` bytes. All columns are of one length.
struct Batch {
  std::span<const uint8_t> paths;
  std::span<const uint32_t> path_ends;
  std::span<const double> offsets;
  std::span<const double> lengths;
};

// An outcome: 0 for success; longer or shorter than wanted; a fault is a negative errno or one of Broken.
inline constexpr double kChanged = 1;

// Adds the entries of a directory, and to `names` (PutName) what they are called; what vanishes meanwhile is left out. A
// link at the end of `directory` is not followed.
Result ListDirectory(Path directory, std::vector<Entry>& entries, std::vector<uint8_t>& names,
                     const System& system = Kernel()) noexcept;

// Reads regular files by absolute path, each to its end; `entries` are what stands there after the read. No link at the last
// component, and no pipe or device is waited for.
void ReadMany(const Batch& batch, std::span<uint8_t> target, std::span<Entry> entries, std::span<double> outcomes,
              const System& system = Kernel()) noexcept;

// What else a new file gets.
struct Attributes {
  std::span<const uint32_t> modes;
  std::span<const double> mtime_seconds;
  std::span<const uint32_t> mtime_nanos;
};

// Makes new files below a held directory, by paths below it. What fails half way is removed.
void WriteMany(Held& held, const Batch& batch, const Attributes& attributes, std::span<const uint8_t> source,
               std::span<double> outcomes, const System& system = Kernel()) noexcept;

}  // namespace pfs::file
