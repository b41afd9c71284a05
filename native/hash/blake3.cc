// blake3.cc: the tree over the kernels, see blake3.h.

#include "hash/blake3.h"

#include <algorithm>
#include <bit>

#include "base/cpu.h"
#include "hash/blake3_kernel.h"

namespace pfs::hash {
namespace blake3 {

const Kernel& ThisKernel() noexcept {
  static const Kernel kernel = [] {
    [[maybe_unused]] const Cpu& cpu = ThisCpu();
#if defined(__x86_64__)
    if (cpu.avx512) return Kernel{"avx512", HashBatchAvx512};
    if (cpu.avx2) return Kernel{"avx2", HashBatchAvx2};
    if (cpu.sse41) return Kernel{"sse41", HashBatchSse41};
#elif defined(__aarch64__)
    if (cpu.neon) return Kernel{"neon", HashBatchNeon};
#endif
    return Kernel{"portable", HashBatchPortable};
  }();
  return kernel;
}

}  // namespace blake3

namespace {

using namespace blake3;  // NOLINT: the inner half of this part

// So many chaining values are carried from a subtree to the one above it: two calls of the widest kernel, so
// that the parents above them fill it.
constexpr size_t kWideValues = 32;

constexpr uint64_t kNoCounters[2 * kWideValues] = {};

// The last block of something that hashes to one value: kept open, for only the root may be put out at
// length.
struct Open {
  uint32_t value[8];
  uint8_t block[kBlockBytes];
  uint32_t block_bytes;
  uint64_t counter;
  uint8_t flags;
};

// A chunk up to its last block.
Open OpenChunk(const Mode& mode, const uint8_t* input, size_t bytes, uint64_t counter) noexcept {
  Open open;
  uint32_t words[16];
  std::memcpy(words, mode.key, kValueBytes);
  uint8_t flags = mode.flags | kChunkStart;
  for (; bytes > kBlockBytes; input += kBlockBytes, bytes -= kBlockBytes) {
    Compress(words, input, kBlockBytes, counter, flags, words);
    flags = mode.flags;
  }
  std::memcpy(open.value, words, kValueBytes);
  if (bytes > 0) std::memcpy(open.block, input, bytes);
  std::memset(open.block + bytes, 0, kBlockBytes - bytes);
  open.block_bytes = static_cast<uint32_t>(bytes);
  open.counter = counter;
  open.flags = flags | kChunkEnd;
  return open;
}

Open OpenParent(const Mode& mode, const uint8_t values[2 * kValueBytes]) noexcept {
  Open open;
  std::memcpy(open.value, mode.key, kValueBytes);
  std::memcpy(open.block, values, kBlockBytes);
  open.block_bytes = kBlockBytes;
  open.counter = 0;
  open.flags = mode.flags | kParent;
  return open;
}

void ValueOf(const Open& open, uint8_t out[kValueBytes]) noexcept {
  uint32_t words[16];
  Compress(open.value, open.block, open.block_bytes, open.counter, open.flags, words);
  std::memcpy(out, words, kValueBytes);
}

// 2.6: the root's counter counts the blocks of output.
void RootOf(const Open& open, uint8_t* out, size_t out_bytes) noexcept {
  for (uint64_t counter = 0; out_bytes > 0; counter++) {
    uint32_t words[16];
    Compress(open.value, open.block, open.block_bytes, counter, open.flags | kRoot, words);
    const size_t bytes = out_bytes < sizeof words ? out_bytes : sizeof words;
    std::memcpy(out, words, bytes);
    out += bytes;
    out_bytes -= bytes;
  }
}

// At most kWideValues chunks, the last of which may be short; a value each. The short one is a lane like the
// others.
size_t Chunks(const Mode& mode, const uint8_t* input, size_t bytes, uint64_t counter, uint8_t* out) noexcept {
  const size_t count = (bytes + kChunkBytes - 1) / kChunkBytes;
  const uint8_t* inputs[kWideValues];
  uint64_t counters[kWideValues];
  for (size_t i = 0; i < count; i++) {
    inputs[i] = input + i * kChunkBytes;
    counters[i] = counter + i;
  }
  Batch batch{inputs, counters, count, kBlocksPerChunk, mode.key, mode.flags, kChunkStart, kChunkEnd};
  alignas(64) uint8_t staged[kChunkBytes];
  uint16_t lengths[kWideValues];
  if (const size_t end = bytes % kChunkBytes; end != 0) {
    std::memcpy(staged, inputs[count - 1], end);
    std::memset(staged + end, 0, kChunkBytes - end);
    inputs[count - 1] = staged;
    std::fill_n(lengths, count - 1, kChunkBytes);
    lengths[count - 1] = static_cast<uint16_t>(end);
    batch.lengths = lengths;
  }
  ThisKernel().hash(batch, out);
  return count;
}

// The parents of at most 2 * kWideValues values, side by side; an odd one at the end goes up as it is. 2.1:
// pairing from the left, level by level, makes the same tree as cutting the largest power of two off the
// left.
size_t Parents(const Mode& mode, const uint8_t* values, size_t count, uint8_t* out) noexcept {
  const uint8_t* inputs[kWideValues];
  const size_t pairs = count / 2;
  for (size_t i = 0; i < pairs; i++) inputs[i] = values + i * 2 * kValueBytes;
  const uint8_t flags = mode.flags | kParent;
  ThisKernel().hash({inputs, kNoCounters, pairs, 1, mode.key, flags, 0, 0}, out);
  if (count % 2 == 0) return pairs;
  std::memcpy(out + pairs * kValueBytes, values + 2 * pairs * kValueBytes, kValueBytes);
  return pairs + 1;
}

// A subtree's values on the highest level that has no more than kWideValues; two or more if it has two chunks
// or more.
size_t Wide(const Mode& mode, const uint8_t* input, size_t bytes, uint64_t counter, uint8_t* out) noexcept {
  if (bytes <= kWideValues * kChunkBytes) return Chunks(mode, input, bytes, counter, out);
  const size_t left_chunks = std::bit_floor((bytes - 1) / kChunkBytes);
  const size_t left_bytes = left_chunks * kChunkBytes;
  uint8_t values[2 * kWideValues * kValueBytes];
  const size_t left = Wide(mode, input, left_bytes, counter, values);
  const size_t right =
      Wide(mode, input + left_bytes, bytes - left_bytes, counter + left_chunks, values + left * kValueBytes);
  return Parents(mode, values, left + right, out);
}

// Up to the last two of them.
Open Top(const Mode& mode, uint8_t* values, size_t count) noexcept {
  while (count > 2) count = Parents(mode, values, count, values);
  return OpenParent(mode, values);
}

Open Tree(const Mode& mode, const uint8_t* input, size_t bytes, uint64_t counter) noexcept {
  if (bytes <= kChunkBytes) return OpenChunk(mode, input, bytes, counter);
  uint8_t values[kWideValues * kValueBytes];
  const size_t count = Wide(mode, input, bytes, counter, values);
  return Top(mode, values, count);
}

Mode Keyed(const uint8_t key[kKeyBytes], uint8_t flags) noexcept {
  Mode mode;
  std::memcpy(mode.key, key, kKeyBytes);
  mode.flags = flags;
  return mode;
}

}  // namespace

Mode PlainMode() noexcept {
  Mode mode;
  std::memcpy(mode.key, kInitial, kKeyBytes);
  mode.flags = 0;
  return mode;
}

Mode KeyedMode(const uint8_t key[kKeyBytes]) noexcept { return Keyed(key, kKeyedHash); }

Mode DeriveMode(const uint8_t* context, size_t context_bytes) noexcept {
  Mode mode = PlainMode();
  mode.flags = kDeriveContext;
  uint8_t key[kKeyBytes];
  Blake3(mode, context, context_bytes, key);
  return Keyed(key, kDeriveMaterial);
}

void Blake3(const Mode& mode, const uint8_t* input, size_t bytes, uint8_t* out, size_t out_bytes) noexcept {
  RootOf(Tree(mode, input, bytes, 0), out, out_bytes);
}

void SubtreeValue(const Mode& mode, const uint8_t* input, size_t bytes, uint64_t first_chunk,
                  uint8_t out[kHashBytes]) noexcept {
  ValueOf(Tree(mode, input, bytes, first_chunk), out);
}

void JoinSubtrees(const Mode& mode, uint8_t* values, size_t count, uint8_t* out, size_t out_bytes) noexcept {
  while (count > 2) {
    size_t above = 0;
    // in place: what is written lies before what is read next
    for (size_t at = 0; at < count; at += 2 * kWideValues) {
      const size_t group = count - at < 2 * kWideValues ? count - at : 2 * kWideValues;
      above += Parents(mode, values + at * kValueBytes, group, values + above * kValueBytes);
    }
    count = above;
  }
  RootOf(OpenParent(mode, values), out, out_bytes);
}

const char* Blake3Kernel() noexcept { return ThisKernel().name; }

}  // namespace pfs::hash
