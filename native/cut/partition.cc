// partition.cc: see partition.h.

#include "cut/partition.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace pfs::cut {
namespace {

constexpr size_t kRowsAtOnce = 64;

size_t RowLength(const uint8_t* row) noexcept {
  return uint32_t{row[0]} << 24 | uint32_t{row[1]} << 16 | uint32_t{row[2]} << 8 | row[3];
}

Window WindowAt(std::vector<uint8_t>* buffer, uint64_t offset) noexcept {
  Window window{buffer->data(), buffer->size()};
  window.offset = offset;
  return window;
}

}  // namespace

FileJob::FileJob(std::shared_ptr<const Cutter> cutter, FilePart part, uint64_t from, uint8_t* rows,
                 size_t rows_max, size_t segment_bytes) noexcept
    : cutter_(std::move(cutter)),
      part_(part),
      from_(from),
      rows_(rows),
      segment_bytes_(segment_bytes),
      position_(from) {
  // no chunk but a content's last is shorter than the minimum: so many bytes fit whatever their cuts
  const uint64_t bytes_max = static_cast<uint64_t>(rows_max) * cutter_->gear.min_bytes;
  if (part_.limit > from_ && part_.limit - from_ > bytes_max) {
    part_.limit = from_ + bytes_max;
    part_.is_final = false;
  }
  const uint64_t bytes = part_.limit > from_ ? part_.limit - from_ : 0;
  segments_ = std::vector<Segment>(static_cast<size_t>((bytes + segment_bytes_ - 1) / segment_bytes_));
}

uint64_t FileJob::SegmentStart(size_t index) const noexcept { return from_ + index * segment_bytes_; }

void FileJob::Run() noexcept {
  std::vector<uint8_t> buffer(cutter_->gear.max_bytes + 2 * kPieceBytes);
  for (;;) {
    const size_t index = next_.fetch_add(1);
    if (index >= segments_.size() || is_stopped_) return;
    Cut(index, &buffer);
    Join(&buffer);
  }
}

void FileJob::Cut(size_t index, std::vector<uint8_t>* buffer) noexcept {
  Segment segment;
  Window window = WindowAt(buffer, SegmentStart(index));
  const uint64_t end = SegmentStart(index + 1);
  uint8_t rows[kRowsAtOnce * kRowBytes];
  const auto keep = [&](size_t count) {
    segment.rows.insert(segment.rows.end(), rows, rows + count * kRowBytes);
  };
  // what ends within the segment in one go, then what spans its end
  const FilePart within{part_.fd, std::min(end, part_.limit), false};
  while (const size_t count = ScanFile(*cutter_, within, &window, rows, kRowsAtOnce)) keep(count);
  while (window.error == 0 && !window.is_short && window.offset < end &&
         NextChunk(*cutter_, part_, &window, rows) > 0)
    keep(1);
  segment.end = window.offset;
  segment.error = window.error;
  segment.is_short = window.is_short;
  segment.is_cut = true;
  const std::lock_guard lock(mutex_);
  segments_[index] = std::move(segment);
}

void FileJob::Join(std::vector<uint8_t>* buffer) noexcept {
  std::unique_lock lock(mutex_);
  if (is_joining_) return;  // whoever joins looks again before it leaves
  is_joining_ = true;
  while (joined_ < segments_.size() && segments_[joined_].is_cut && !is_stopped_) {
    lock.unlock();  // cutting into the next segment may take long; the others go on
    if (!JoinOne(joined_, buffer)) is_stopped_ = true;
    lock.lock();
    segments_[joined_++].rows = {};
  }
  is_joining_ = false;
}

// Leads the true chain, which stands at position_, through a segment. False when it ended: at the limit or
// for a fault.
bool FileJob::JoinOne(size_t index, std::vector<uint8_t>* buffer) noexcept {
  const Segment& segment = segments_[index];
  const uint64_t end = SegmentStart(index + 1);
  Window window = WindowAt(buffer, position_);
  const uint8_t* row = segment.rows.data();
  const uint8_t* const rows_end = row + segment.rows.size();
  uint64_t at = SegmentStart(index);
  while (position_ < end) {
    while (at < position_ && row < rows_end) {
      at += RowLength(row);
      row += kRowBytes;
    }
    if (at == position_) {  // they met
      Append(row, static_cast<size_t>(rows_end - row) / kRowBytes);
      position_ = segment.end;
      error_ = segment.error;
      is_short_ = segment.is_short;
      return position_ >= end;
    }
    uint8_t own[kRowBytes];
    if (NextChunk(*cutter_, part_, &window, own) == 0) {
      error_ = window.error;
      is_short_ = window.is_short;
      return false;
    }
    Append(own, 1);
    position_ = window.offset;
  }
  return true;
}

void FileJob::Append(const uint8_t* rows, size_t count) noexcept {
  if (count == 0) return;
  std::memcpy(rows_ + rows_used_ * kRowBytes, rows, count * kRowBytes);
  rows_used_ += count;
}

}  // namespace pfs::cut
