// blake3_many.cc: many inputs together, level by level: a lane that one input leaves idle is another's. So
// short inputs, the odd ends of long ones and the few parents at the tops of trees run at the speed of whole
// chunks.

#include <algorithm>

#include "hash/blake3.h"
#include "hash/blake3_kernel.h"

namespace pfs::hash {
namespace {

using namespace blake3;  // NOLINT: the inner half of this part

// What is hashed together: enough that lanes left over at the end of a level are few, and little enough that
// what is remembered of it stays in the first cache.
constexpr size_t kWindowChunks = 256;
// Inputs longer than this fill the lanes by themselves.
constexpr size_t kAloneBytes = 128 * kChunkBytes;
// Ends staged at a time: they are copied, for the last block must be filled up with zeros.
constexpr size_t kStaged = 32;

size_t ChunksOf(size_t bytes) noexcept { return bytes == 0 ? 1 : (bytes + kChunkBytes - 1) / kChunkBytes; }

// One window. Values of chunks, then of parents, lie at the place of the input's first chunk.
class Window {
 public:
  explicit Window(const Mode& mode) noexcept : mode_(mode) {}

  bool Fits(size_t bytes) const noexcept { return chunks_ + ChunksOf(bytes) <= kWindowChunks; }

  void Add(const uint8_t* input, size_t bytes) noexcept {
    inputs_[count_++] = {input, static_cast<uint32_t>(bytes), static_cast<uint32_t>(chunks_),
                         static_cast<uint32_t>(ChunksOf(bytes))};
    chunks_ += ChunksOf(bytes);
  }

  // The hashes of all that was added, in that order, to `out`; the window is empty then. Answers how many
  // there were.
  size_t Flush(uint8_t* out) noexcept {
    WholeChunks();
    Ends(false, kChunkEnd);
    Ends(true, kChunkEnd | kRoot);
    while (Parents(false)) continue;
    Parents(true);
    for (size_t i = 0; i < count_; i++)
      std::memcpy(out + i * kHashBytes, Value(inputs_[i].first), kHashBytes);
    const size_t count = count_;
    count_ = chunks_ = 0;
    return count;
  }

 private:
  struct Input {
    const uint8_t* at;
    uint32_t bytes;
    uint32_t first;   // place of its first value
    uint32_t values;  // how many it has now
  };

  uint8_t* Value(size_t place) noexcept { return values_ + place * kValueBytes; }

  // Hashes what was queued, and puts each value into its place.
  void Run(size_t blocks, uint8_t flags, uint8_t start, uint8_t end,
           const uint16_t* lengths = nullptr) noexcept {
    flags |= mode_.flags;
    const Batch batch{lanes_, counters_, queued_, blocks, mode_.key, flags, start, end, lengths};
    ThisKernel().hash(batch, results_);
    for (size_t i = 0; i < queued_; i++)
      std::memcpy(Value(places_[i]), results_ + i * kValueBytes, kValueBytes);
    queued_ = 0;
  }

  void Queue(const uint8_t* lane, uint64_t counter, size_t place) noexcept {
    lanes_[queued_] = lane;
    counters_[queued_] = counter;
    places_[queued_++] = static_cast<uint32_t>(place);
  }

  // All but the last chunk of each input, and that too where it is whole and not the only one.
  void WholeChunks() noexcept {
    for (size_t i = 0; i < count_; i++) {
      const Input& input = inputs_[i];
      if (input.values == 1) continue;
      for (size_t chunk = 0; chunk < input.bytes / kChunkBytes; chunk++)
        Queue(input.at + chunk * kChunkBytes, chunk, input.first + chunk);
    }
    Run(kBlocksPerChunk, 0, kChunkStart, kChunkEnd);
  }

  // The last chunks that are not whole; or, `only`, the inputs that have but one chunk.
  void Ends(bool only, uint8_t end) noexcept {
    alignas(64) uint8_t staged[kStaged][kChunkBytes];
    uint16_t lengths[kStaged];
    size_t blocks = 0;
    for (size_t i = 0; i < count_; i++) {
      const Input& input = inputs_[i];
      const size_t bytes = only ? input.bytes : input.bytes % kChunkBytes;
      if ((input.values == 1) != only || (bytes == 0 && !only)) continue;
      uint8_t* stage = staged[queued_];
      if (bytes > 0) std::memcpy(stage, input.at + input.bytes - bytes, bytes);
      const size_t own_blocks = BlocksOf(bytes);
      std::memset(stage + bytes, 0, own_blocks * kBlockBytes - bytes);
      blocks = std::max(blocks, own_blocks);
      lengths[queued_] = static_cast<uint16_t>(bytes);
      Queue(stage, input.values - 1, input.first + input.values - 1);
      if (queued_ == kStaged) {
        Run(blocks, 0, kChunkStart, end, lengths);
        blocks = 0;
      }
    }
    if (queued_ > 0) Run(blocks, 0, kChunkStart, end, lengths);
  }

  // One level up in every tree that has more than two values; or `roots`: of the two that each tree has in
  // the end. Answers whether there was any.
  bool Parents(bool roots) noexcept {
    bool any = false;
    for (size_t i = 0; i < count_; i++) {
      Input& input = inputs_[i];
      if (roots ? input.values != 2 : input.values <= 2) continue;
      any = true;
      const uint32_t pairs = input.values / 2;
      for (size_t pair = 0; pair < pairs; pair++) Queue(Value(input.first + 2 * pair), 0, input.first + pair);
    }
    if (!any) return false;
    Run(1, roots ? kParent | kRoot : kParent, 0, 0);
    for (size_t i = 0; i < count_; i++) {
      Input& input = inputs_[i];
      if (roots || input.values <= 2) continue;
      const uint32_t pairs = input.values / 2;
      if (input.values % 2 == 1)
        std::memcpy(Value(input.first + pairs), Value(input.first + input.values - 1), kValueBytes);
      input.values -= pairs;
    }
    return true;
  }

  const Mode& mode_;
  size_t count_ = 0, chunks_ = 0, queued_ = 0;
  Input inputs_[kWindowChunks];
  const uint8_t* lanes_[kWindowChunks];
  uint64_t counters_[kWindowChunks];
  uint32_t places_[kWindowChunks];
  alignas(64) uint8_t values_[kWindowChunks * kValueBytes];
  alignas(64) uint8_t results_[kWindowChunks * kValueBytes];
};

}  // namespace

void Blake3Many(const Mode& mode, const uint8_t* inputs, const uint32_t* lengths, size_t count,
                uint8_t* out) noexcept {
  Window window(mode);
  for (size_t i = 0; i < count; inputs += lengths[i++]) {
    const bool is_alone = lengths[i] > kAloneBytes;
    if (is_alone || !window.Fits(lengths[i])) out += window.Flush(out) * kHashBytes;
    if (!is_alone) {
      window.Add(inputs, lengths[i]);
      continue;
    }
    Blake3(mode, inputs, lengths[i], out);
    out += kHashBytes;
  }
  window.Flush(out);
}

}  // namespace pfs::hash
