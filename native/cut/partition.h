// partition.h: cutting and naming a file on several threads, with the chunks that one thread would give.
//
// Cutting depends on nothing before a chunk's first byte (PROTOCOL.md §13.2-2), so two chains of chunks that
// share one position stay together. Each segment of the file is therefore cut and named from its first byte
// on, as if a chunk began there; then, in order, the true chain is led from the end of one segment into the
// next until it meets the chain found there, within a few chunks as a rule. Data on which they never meet
// costs what one thread would take.
//
// Knows no Node and starts no threads: whoever has some calls Run on each.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "cut/file_scan.h"

namespace pfs::cut {

// Cut in vain at the start of each segment are about three chunks of 32 KiB, which is a hundredth of this.
inline constexpr size_t kSegmentBytes = 8 * 1024 * 1024;

class FileJob {
 public:
  // Cuts `part` from the chunk that begins at `from` on; the rows go to `rows`, which must stay until the
  // last Run has returned. Where they do not suffice for any cuts of what is there, the job covers less: see
  // Consumed.
  FileJob(std::shared_ptr<const Cutter> cutter, FilePart part, uint64_t from, uint8_t* rows, size_t rows_max,
          size_t segment_bytes = kSegmentBytes) noexcept;

  // Works until nothing is left to begin. The job is done when every Run has returned, and it takes at least
  // one.
  void Run() noexcept;

  // After the end: the rows, and where in the file the chunk that follows them begins.
  size_t Rows() const noexcept { return rows_used_; }
  uint64_t Position() const noexcept { return position_; }
  // errno of the first read that failed, or 0; the rows before it are good.
  int Error() const noexcept { return error_; }
  bool IsShort() const noexcept { return is_short_; }

 private:
  struct Segment {
    std::vector<uint8_t> rows;
    uint64_t end = 0;  // one past the last chunk
    int error = 0;
    bool is_short = false;
    bool is_cut = false;
  };

  uint64_t SegmentStart(size_t index) const noexcept;
  void Cut(size_t index, std::vector<uint8_t>* buffer) noexcept;
  void Join(std::vector<uint8_t>* buffer) noexcept;
  bool JoinOne(size_t index, std::vector<uint8_t>* buffer) noexcept;
  void Append(const uint8_t* rows, size_t count) noexcept;

  const std::shared_ptr<const Cutter> cutter_;
  FilePart part_;
  const uint64_t from_;
  uint8_t* const rows_;
  const size_t segment_bytes_;
  std::vector<Segment> segments_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> is_stopped_{false};

  std::mutex mutex_;
  bool is_joining_ = false;  // under mutex_
  size_t joined_ = 0;        // segments led into the true chain; like the rest below, of whoever joins
  uint64_t position_;
  size_t rows_used_ = 0;
  int error_ = 0;
  bool is_short_ = false;
};

}  // namespace pfs::cut
