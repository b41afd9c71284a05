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

void PutLength(uint8_t* row, size_t length) noexcept {
  row[0] = static_cast<uint8_t>(length >> 24);
  row[1] = static_cast<uint8_t>(length >> 16);
  row[2] = static_cast<uint8_t>(length >> 8);
  row[3] = static_cast<uint8_t>(length);
}

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
  // zeros are cut alike everywhere, so comparing stands in for cutting and hashing
  if (length >= cutter.zero_bytes && IsZeros(bytes, cutter.zero_bytes)) {
    PutLength(row, cutter.zero_bytes);
    std::memcpy(row + 4, cutter.zero_id, kIdBytes);
    *searched = 0;
    return cutter.zero_bytes;
  }
  const size_t cut = CutLength(cutter.gear, bytes, length, is_last, searched);
  if (cut == 0) return 0;
  PutLength(row, cut);
  hash::Blake3(cutter.mode, bytes, cut, row + 4);
  return cut;
}

Scanned ScanBuffer(const Cutter& cutter, const uint8_t* bytes, size_t length, bool is_last, uint8_t* rows,
                   size_t rows_max, size_t* searched) noexcept {
  Scanned scanned{0, 0};
  while (scanned.rows < rows_max) {
    const size_t cut = ScanOne(cutter, bytes + scanned.consumed, length - scanned.consumed, is_last,
                               rows + scanned.rows * kRowBytes, searched);
    if (cut == 0) break;
    scanned.rows++;
    scanned.consumed += cut;
  }
  return scanned;
}

}  // namespace pfs::cut
