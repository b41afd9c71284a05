// copy.cc: see copy.h.

#include "file/copy.h"

#include <linux/fs.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>

#include "file/batch.h"

namespace pfs::file {
namespace {

// Read and written at once: what a core's own cache holds. 1 MiB writes were a third slower here.
constexpr size_t kStagingBytes = 256 * 1024;
// What lies between two runs and is cheaper to read than to skip: a record's header and padding, and then some.
constexpr uint64_t kGapBytesMax = 4096;

// Made once a thread: the first touch of memory costs more than the copy through it.
uint8_t* Staging() noexcept {
  static thread_local std::unique_ptr<uint8_t[]> memory(new (std::nothrow) uint8_t[kStagingBytes + kGapBytesMax]);
  return memory.get();
}

// Fills the staging memory from `at`, `skipped` of it done. Moves both on. What is read but not wanted goes to the
// scrap at the memory's end.
Result Fill(uint8_t* staging, std::span<const Run> runs, size_t& at, uint64_t& skipped, const System& system) noexcept {
  constexpr size_t kPiecesMax = 64;
  Piece pieces[kPiecesMax];
  size_t filled = 0;
  while (at < runs.size() && filled < kStagingBytes) {
    const int fd = runs[at].fd;
    size_t count = 0, wanted = 0, gaps = 0;
    uint64_t end = runs[at].offset + skipped;
    while (at < runs.size() && runs[at].fd == fd && count + 2 <= kPiecesMax && filled + wanted < kStagingBytes) {
      const uint64_t from = runs[at].offset + skipped;
      if (from < end || from - end > kGapBytesMax) break;
      if (from > end) {
        pieces[count++] = {end, staging + kStagingBytes, static_cast<size_t>(from - end)};
        gaps += from - end;
      }
      const auto take = static_cast<size_t>(
          std::min<uint64_t>(runs[at].bytes - skipped, kStagingBytes - filled - wanted));
      pieces[count++] = {from, staging + filled + wanted, take};
      wanted += take;
      end = from + take;
      skipped += take;
      if (skipped < runs[at].bytes) break;
      at++, skipped = 0;
    }
    const Result read = ReadBatch(fd, {pieces, count}, system);
    if (read.error == 0 && read.count == wanted + gaps) {
      filled += wanted;
      continue;
    }
    // less than there should be: what came of the wanted bytes, counted without the gaps
    uint64_t left = read.count;
    for (size_t i = 0; i < count && left > 0; i++) {
      const uint64_t got = std::min<uint64_t>(left, pieces[i].bytes);
      if (pieces[i].data != staging + kStagingBytes) filled += got;
      left -= got;
    }
    at = runs.size();
    return {filled, read.error};
  }
  return {filled, 0};
}

}  // namespace

Result CloneFile(int from, int to, const System& system) noexcept {
  if (system.ioctl(to, FICLONE, reinterpret_cast<const void*>(static_cast<uintptr_t>(from))) != 0) return {0, errno};
  return {};
}

Result CloneRange(int from, uint64_t from_offset, int to, uint64_t to_offset, uint64_t bytes,
                  const System& system) noexcept {
  if (bytes == 0) return {};  // the kernel takes 0 for "to the end"
  const file_clone_range range = {from, from_offset, bytes, to_offset};
  if (system.ioctl(to, FICLONERANGE, &range) != 0) return {0, errno};
  return {bytes, 0};
}

Result CopyRuns(int to, uint64_t offset, std::span<const Run> runs, const System& system) noexcept {
  uint8_t* staging = Staging();
  if (staging == nullptr) return {0, ENOMEM};
  Result result;
  size_t at = 0;
  uint64_t skipped = 0;
  while (at < runs.size()) {
    const Result filled = Fill(staging, runs, at, skipped, system);
    const Piece piece = {offset + result.count, staging, static_cast<size_t>(filled.count)};
    const Result written = WriteBatch(to, {&piece, 1}, system);
    result.count += written.count;
    result.error = written.error;
    if (written.error != 0 || filled.error != 0) break;
  }
  return result;
}

}  // namespace pfs::file
