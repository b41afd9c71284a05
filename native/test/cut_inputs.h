// cut_inputs.h: what the programs that test cut/ feed it: the rules of test/cut/inputs.ts, and data that is
// hard to cut.

#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include "cut/scan.h"

namespace cut_inputs {

using Bytes = std::vector<uint8_t>;

// The vectors' `splitmix`: words of a 32-bit counter hash, most significant byte first.
inline Bytes Splitmix(size_t length, uint32_t seed) {
  Bytes bytes(length);
  for (size_t at = 0; at < length; at += 4) {
    seed += 0x9e3779b9u;
    uint32_t word = (seed ^ seed >> 16) * 0x85ebca6bu;
    word = (word ^ word >> 13) * 0xc2b2ae35u;
    word ^= word >> 16;
    for (size_t i = 0; i < 4 && at + i < length; i++)
      bytes[at + i] = static_cast<uint8_t>(word >> (24 - 8 * i));
  }
  return bytes;
}

// One of: chance, zeros, runs of zeros between chance, a short period, few byte values.
inline Bytes Any(size_t length, uint32_t seed) {
  Bytes bytes = Splitmix(length, seed);
  const uint32_t period = 1 + seed / 5 % 700;
  switch (seed % 5) {
    case 1:
      if (length > 0) std::memset(bytes.data(), 0, length);
      break;
    case 2:
      for (size_t at = 0; at < length; at++)
        if ((at >> (6 + seed % 11)) % 3 != 0) bytes[at] = 0;
      break;
    case 3:
      for (size_t at = period; at < length; at++) bytes[at] = bytes[at - period];
      break;
    case 4:
      for (auto& byte : bytes) byte = static_cast<uint8_t>(byte % 3);
      break;
    default:
      break;
  }
  return bytes;
}

// §13.2-1 read aloud, a byte at a time: the length of the first chunk.
inline size_t SlowCut(const pfs::cut::Gear& gear, const uint8_t* bytes, size_t length) {
  uint32_t hash = 0;
  for (size_t at = 0; at < length; at++) {
    if (at + 32 >= gear.min_bytes) hash = (hash << 1) + gear.table[bytes[at]];
    if (at + 1 >= gear.min_bytes && hash < gear.threshold) return at + 1;
    if (at + 1 == gear.max_bytes) return at + 1;
  }
  return length;
}

// The open seed of PROTOCOL.md §13.1 and its keys, derived here: what test/vectors/cut.json calls seed/open.
inline pfs::cut::Cutter OpenCutter(uint32_t min_bytes, uint32_t target_bytes, uint32_t max_bytes) {
  using namespace pfs::hash;
  const auto derive = [](const uint8_t* seed, const char* use, uint8_t* out, size_t length) {
    Blake3(DeriveMode(reinterpret_cast<const uint8_t*>(use), std::strlen(use)), seed, 32, out, length);
  };
  const char* text = "pfs open seed 1";
  uint8_t seed[32], words[1024], key[32];
  Blake3(PlainMode(), reinterpret_cast<const uint8_t*>(text), std::strlen(text), seed);
  derive(seed, "pfs 1 gear table", words, sizeof words);
  derive(seed, "pfs 1 chunk id", key, sizeof key);
  uint32_t table[256];
  for (size_t i = 0; i < 256; i++)
    table[i] = static_cast<uint32_t>(words[4 * i]) << 24 | static_cast<uint32_t>(words[4 * i + 1]) << 16 |
               static_cast<uint32_t>(words[4 * i + 2]) << 8 | words[4 * i + 3];
  pfs::cut::Cutter cutter;
  const uint64_t threshold = (uint64_t{1} << 32) / (target_bytes - min_bytes);
  pfs::cut::MakeCutter(table, key, static_cast<uint32_t>(threshold), min_bytes, max_bytes, &cutter);
  return cutter;
}

// The rows of the whole, a chunk at a time.
inline Bytes SlowRows(const pfs::cut::Cutter& cutter, const uint8_t* bytes, size_t length) {
  Bytes rows;
  for (size_t at = 0; at < length;) {
    const size_t cut = SlowCut(cutter.gear, bytes + at, length - at);
    uint8_t row[pfs::cut::kRowBytes] = {static_cast<uint8_t>(cut >> 24), static_cast<uint8_t>(cut >> 16),
                                        static_cast<uint8_t>(cut >> 8), static_cast<uint8_t>(cut)};
    pfs::hash::Blake3(cutter.mode, bytes + at, cut, row + 4);
    rows.insert(rows.end(), row, row + sizeof row);
    at += cut;
  }
  return rows;
}

}  // namespace cut_inputs
