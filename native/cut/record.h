// record.h: chunks as records of a pool's segment, many at a time: header, payload, padding (src/pool/record.ts).
//
// Knows rows, the record's layout and XXH64; no files, and no meaning of what it writes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cut/scan.h"

namespace pfs::cut {

inline constexpr size_t kRecordHeaderBytes = 72;

// What the records of these rows take, and the bytes of their chunks.
struct RecordSizes {
  uint64_t records = 0;
  uint64_t chunks = 0;
};
RecordSizes SizesOf(std::span<const uint8_t> rows) noexcept;

// Writes one record of `type` for each row to `out`, which has room for them. The chunks lie one behind another in
// `chunks`; `offset` is where in the segment the first record goes.
void PutRecords(uint8_t type, std::span<const uint8_t> rows, const uint8_t* chunks, uint64_t offset,
                uint8_t* out) noexcept;

}  // namespace pfs::cut
