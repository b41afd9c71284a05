// file_scan.h: cutting and naming a file through a buffer, piece by piece, each piece while the cache still
// has it.
//
// Knows descriptors and pread; a failing one is an errno, a file that ends too early is `is_short`. No Node,
// no threads. Not mmap: it goes at 2.5 GB/s where this goes at 4.1 (1 GiB in the page cache, Linux 6.18, Zen
// 5), and a file that somebody truncates would end the process.

#pragma once

#include <cstddef>
#include <cstdint>

#include "cut/scan.h"

namespace pfs::cut {

// Read at a time: with the chunk before it, it stays in a second-level cache of 512 KiB or 1 MiB. 128 KiB and
// 512 KiB are no better, by 3 %.
inline constexpr size_t kPieceBytes = 256 * 1024;

// What of a file is to be cut: from a chunk's first byte to `limit`, where nothing follows if `is_final`.
struct FilePart {
  int fd;
  uint64_t limit;
  bool is_final;
};

// A buffer over a file. data[start, end) is read and not given out as chunks; it begins at `offset` of the
// file.
struct Window {
  uint8_t* data;
  size_t capacity;  // more than the longest chunk
  uint64_t offset = 0;
  size_t start = 0;
  size_t end = 0;
  size_t searched = 0;
  int error = 0;          // errno of a read that failed
  bool is_short = false;  // the file ends before the limit
};

// Reads up to `bytes_max` more, as far as the limit and the buffer allow. False when nothing more came: at
// the limit, with a full buffer, or for a fault that the window then names.
bool Fill(const FilePart& part, Window* window, size_t bytes_max) noexcept;

// The next chunk, read as needed: its length, with its row; 0 at the limit, or for a fault.
size_t NextChunk(const Cutter& cutter, const FilePart& part, Window* window, uint8_t* row) noexcept;

// As many chunks as the buffer holds at once, or as `rows_max` allows. What is open moves to the front first,
// so the chunks given lie one after another from data[0] on until the next call, and start follows the last
// of them.
size_t ScanFile(const Cutter& cutter, const FilePart& part, Window* window, uint8_t* rows,
                size_t rows_max) noexcept;

}  // namespace pfs::cut
