// scan.cc: see scan.h.

#include "cut/scan.h"

#include <cstring>
#include <vector>

namespace pfs::cut {
namespace {

bool IsZeros(const uint8_t* bytes, size_t length) noexcept {
  // most of what is not zeros says so at once; that each byte equals the next is then memcmp's work
  return bytes[0] == 0 && bytes[length / 2] == 0 && std::memcmp(bytes, bytes + 1, length - 1) == 0;
}

// Chunks that were cut and are yet to be named, one behind another. Named together they leave no lane of the
// hash idle: 8.4 GB/s where one by one gives 6.2 (AVX-512, chunks of 33 KiB on the average). So many stay in
// the second-level cache.
class Batch {
 public:
  Batch(const Cutter& cutter, const uint8_t* bytes, uint8_t* rows) noexcept
      : cutter_(cutter), bytes_(bytes), rows_(rows) {}

  void Add(size_t length) noexcept {
    lengths_[count_++] = static_cast<uint32_t>(length);
    length_ += length;
    if (count_ == kChunksMax || length_ >= kBytesMax) Name();
  }

  void AddZeros() noexcept {
    Name();
    PutRow(cutter_.zero_bytes, cutter_.zero_id);
    bytes_ += cutter_.zero_bytes;
  }

  void Name() noexcept {
    if (count_ == 0) return;
    uint8_t ids[kChunksMax * kIdBytes];
    hash::Blake3Many(cutter_.mode, bytes_, lengths_, count_, ids);
    for (size_t i = 0; i < count_; i++) PutRow(lengths_[i], ids + i * kIdBytes);
    bytes_ += length_;
    count_ = length_ = 0;
  }

 private:
  static constexpr size_t kChunksMax = 64;
  static constexpr size_t kBytesMax = 256 * 1024;

  void PutRow(size_t length, const uint8_t* id) noexcept {
    rows_[0] = static_cast<uint8_t>(length >> 24);
    rows_[1] = static_cast<uint8_t>(length >> 16);
    rows_[2] = static_cast<uint8_t>(length >> 8);
    rows_[3] = static_cast<uint8_t>(length);
    std::memcpy(rows_ + 4, id, kIdBytes);
    rows_ += kRowBytes;
  }

  const Cutter& cutter_;
  const uint8_t* bytes_;  // of the first that is not named
  uint8_t* rows_;         // its row
  size_t count_ = 0;
  size_t length_ = 0;
  uint32_t lengths_[kChunksMax];
};

}  // namespace

void MakeCutter(const uint32_t table[256], const uint8_t* key, uint32_t threshold, uint32_t min_bytes,
                uint32_t max_bytes, Cutter* made) noexcept {
  std::memcpy(made->gear.table, table, sizeof made->gear.table);
  made->gear.threshold = threshold;
  made->gear.min_bytes = min_bytes;
  made->gear.max_bytes = max_bytes;
  Prepare(&made->gear);
  made->mode = hash::KeyedMode(key);
  made->zero_bytes = ZeroCutLength(made->gear);
  const std::vector<uint8_t> zeros(made->zero_bytes);
  hash::Blake3(made->mode, zeros.data(), zeros.size(), made->zero_id);
}

size_t ScanOne(const Cutter& cutter, const uint8_t* bytes, size_t length, bool is_last, uint8_t* row,
               size_t* searched) noexcept {
  return ScanBuffer(cutter, bytes, length, is_last, row, 1, searched).consumed;
}

Scanned ScanBuffer(const Cutter& cutter, const uint8_t* bytes, size_t length, bool is_last, uint8_t* rows,
                   size_t rows_max, size_t* searched) noexcept {
  Scanned scanned{0, 0};
  Batch batch(cutter, bytes, rows);
  while (scanned.rows < rows_max) {
    const uint8_t* const at = bytes + scanned.consumed;
    const size_t left = length - scanned.consumed;
    // zeros are cut alike everywhere, so comparing stands in for cutting and hashing
    const bool is_zeros = left >= cutter.zero_bytes && IsZeros(at, cutter.zero_bytes);
    const size_t cut = is_zeros ? cutter.zero_bytes : CutLength(cutter.gear, at, left, is_last, searched);
    if (cut == 0) break;
    if (is_zeros) {
      *searched = 0;
      batch.AddZeros();
    } else {
      batch.Add(cut);
    }
    scanned.rows++;
    scanned.consumed += cut;
  }
  batch.Name();
  return scanned;
}

}  // namespace pfs::cut
