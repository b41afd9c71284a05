// report.h: what was in a run, as records of eight numbers that JavaScript reads from one typed array.
//
//   kind   1          2         3          4         5        6
//          frames     data      outside    dropped   foreign  path
//   [1]    number     number    number     reason    place    path of what follows; a run begins with 0
//   [2]    phase      packets   phase      -         length
//   [3]    place      phase     stream     -         -
//   [4]    length     stream    offset     -         -
//   [5]    datagram   offset    length     -         -
//   [6]    -          length    -          -         -
//
// Each datagram ends up in exactly one record that is not of kind 6; consecutive DATA that carries on share one. src/host/plane_native.ts reads.

#pragma once

#include <cstddef>
#include <cstdint>

namespace pfs::udp {

// Datagrams opened in one call: what GRO joins, twice over.
inline constexpr size_t kRunDatagramsMax = 128;
inline constexpr size_t kRecordNumbers = 8;
// Each datagram may come by another path than the one before.
inline constexpr size_t kRunRecordsMax = 2 * kRunDatagramsMax;

enum class DropReason : uint32_t { kMalformed = 0, kForged = 1, kReplayed = 2, kOldKey = 3 };

class Report {
 public:
  // `numbers`: room for kRunRecordsMax records.
  explicit Report(double* numbers) noexcept : numbers_(numbers) {}

  size_t Records() noexcept {
    EndData();
    return count_;
  }

  void OnPath(uint8_t path) noexcept {
    if (path == path_) return;
    EndData();
    path_ = path;
    Put(6, path, 0, 0, 0, 0, 0);
  }

  void Frames(uint64_t number, uint32_t phase, size_t place, size_t length, size_t datagram_bytes) noexcept {
    EndData();
    Put(1, number, phase, place, length, datagram_bytes, 0);
  }

  void Data(uint64_t number, uint32_t phase, uint16_t stream, uint64_t offset, size_t length) noexcept {
    if (packets_ > 0 && number == first_ + packets_ && offset == end_ && stream == stream_ && phase == phase_) {
      packets_++;
      end_ += length;
      return;
    }
    EndData();
    first_ = number;
    packets_ = 1;
    phase_ = phase;
    stream_ = stream;
    offset_ = offset;
    end_ = offset + length;
  }

  void Outside(uint64_t number, uint32_t phase, uint16_t stream, uint64_t offset, size_t length) noexcept {
    EndData();
    Put(3, number, phase, stream, offset, length, 0);
  }

  // What is dropped or foreign does not break a range of DATA: it is said before the range.
  void Dropped(DropReason reason) noexcept {
    Put(4, static_cast<uint64_t>(reason), 0, 0, 0, 0, 0);
  }

  void Foreign(size_t place, size_t length) noexcept {
    Put(5, place, length, 0, 0, 0, 0);
  }

 private:
  void EndData() noexcept {
    if (packets_ == 0) return;
    Put(2, first_, packets_, phase_, stream_, offset_, end_ - offset_);
    packets_ = 0;
  }

  void Put(uint32_t kind, uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f) noexcept {
    double* at = numbers_ + kRecordNumbers * count_++;
    at[0] = kind;
    at[1] = static_cast<double>(a);
    at[2] = static_cast<double>(b);
    at[3] = static_cast<double>(c);
    at[4] = static_cast<double>(d);
    at[5] = static_cast<double>(e);
    at[6] = static_cast<double>(f);
  }

  double* numbers_;
  size_t count_ = 0;
  // the run of DATA that is not written yet; packets_ 0: none
  uint64_t first_ = 0, packets_ = 0, offset_ = 0, end_ = 0;
  uint32_t phase_ = 0;
  uint8_t path_ = 0;
  uint16_t stream_ = 0;
};

}  // namespace pfs::udp
