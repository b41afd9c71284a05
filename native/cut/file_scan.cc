// file_scan.cc: see file_scan.h.

#include "cut/file_scan.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace pfs::cut {
namespace {

void MoveToFront(Window* window) noexcept {
  if (window->start == 0) return;
  std::memmove(window->data, window->data + window->start, window->end - window->start);
  window->end -= window->start;
  window->start = 0;
}

// Where in the file the next byte to be read lies.
uint64_t Unread(const Window& window) noexcept { return window.offset + (window.end - window.start); }

bool IsLast(const FilePart& part, const Window& window) noexcept {
  return part.is_final && Unread(window) == part.limit;
}

void Give(Window* window, size_t length) noexcept {
  window->start += length;
  window->offset += length;
}

}  // namespace

bool Fill(const FilePart& part, Window* window, size_t bytes_max) noexcept {
  const uint64_t at = Unread(*window);
  if (at >= part.limit) return false;
  const size_t room = std::min(bytes_max, window->capacity - window->end);
  const size_t wanted = static_cast<size_t>(std::min<uint64_t>(room, part.limit - at));
  size_t got = 0;
  while (got < wanted) {
    const ssize_t count =
        pread(part.fd, window->data + window->end, wanted - got, static_cast<off_t>(at + got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) window->error = errno;
    if (count == 0) window->is_short = true;
    if (count <= 0) return false;
    got += static_cast<size_t>(count);
    window->end += static_cast<size_t>(count);
  }
  return got > 0;
}

size_t NextChunk(const Cutter& cutter, const FilePart& part, Window* window, uint8_t* row) noexcept {
  for (;;) {
    const size_t length = ScanOne(cutter, window->data + window->start, window->end - window->start,
                                  IsLast(part, *window), row, &window->searched);
    if (length > 0) {
      Give(window, length);
      return length;
    }
    if (window->capacity - window->end < kPieceBytes) MoveToFront(window);
    if (!Fill(part, window, kPieceBytes)) return 0;
  }
}

size_t ScanFile(const Cutter& cutter, const FilePart& part, Window* window, uint8_t* rows,
                size_t rows_max) noexcept {
  MoveToFront(window);
  size_t count = 0;
  for (;;) {
    const Scanned scanned =
        ScanBuffer(cutter, window->data + window->start, window->end - window->start, IsLast(part, *window),
                   rows + count * kRowBytes, rows_max - count, &window->searched);
    Give(window, scanned.consumed);
    count += scanned.rows;
    if (count == rows_max || !Fill(part, window, kPieceBytes)) return count;
  }
}

}  // namespace pfs::cut
