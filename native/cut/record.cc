// record.cc: see record.h.

#include "cut/record.h"

#include <cstring>

#include "hash/xxh64.h"

namespace pfs::cut {
namespace {

constexpr uint32_t kMagic = 0x70667352;
constexpr uint8_t kFormatVersion = 1;
// The header's own sum is over what stands before it.
constexpr size_t kCheckedBytes = 64;

uint32_t Read32(const uint8_t* at) noexcept {
  return uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | at[3];
}

void Put32(uint8_t* at, uint32_t value) noexcept {
  for (int i = 0; i < 4; i++) at[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

void Put64(uint8_t* at, uint64_t value) noexcept {
  Put32(at, static_cast<uint32_t>(value >> 32));
  Put32(at + 4, static_cast<uint32_t>(value));
}

size_t Padded(size_t bytes) noexcept { return (bytes + 7) & ~size_t{7}; }

}  // namespace

RecordSizes SizesOf(std::span<const uint8_t> rows) noexcept {
  RecordSizes sizes;
  for (size_t at = 0; at + kRowBytes <= rows.size(); at += kRowBytes) {
    const uint32_t bytes = Read32(rows.data() + at);
    sizes.chunks += bytes;
    sizes.records += kRecordHeaderBytes + Padded(bytes);
  }
  return sizes;
}

void PutRecords(uint8_t type, std::span<const uint8_t> rows, const uint8_t* chunks, uint64_t offset,
                uint8_t* out) noexcept {
  for (size_t at = 0; at + kRowBytes <= rows.size(); at += kRowBytes) {
    const uint8_t* const row = rows.data() + at;
    const size_t bytes = Read32(row);
    const size_t padded = Padded(bytes);
    uint8_t* const payload = out + kRecordHeaderBytes;
    std::memcpy(payload, chunks, bytes);
    std::memset(payload + bytes, 0, padded - bytes);
    Put32(out, kMagic);
    out[4] = kFormatVersion;
    out[5] = type;
    out[6] = out[7] = 0;  // flags
    Put32(out + 8, static_cast<uint32_t>(bytes));
    Put32(out + 12, static_cast<uint32_t>(bytes));
    Put32(out + 16, 0);  // codec, and what is reserved
    Put32(out + 20, static_cast<uint32_t>(offset / 8));
    std::memcpy(out + 24, row + 4, kIdBytes);
    Put64(out + 56, hash::Xxh64(payload, bytes));
    Put64(out + kCheckedBytes, hash::Xxh64(out, kCheckedBytes));
    chunks += bytes;
    out += kRecordHeaderBytes + padded;
    offset += kRecordHeaderBytes + padded;
  }
}

}  // namespace pfs::cut
