// parallel_hash.cc: see parallel_hash.h.

#include "hash/parallel_hash.h"

#include <algorithm>

namespace pfs::hash {
namespace {

// Some 100 microseconds of work: much more than it takes to hand it to a thread, and little enough that
// threads end together.
constexpr size_t kPartBytes = size_t{1} << 20;

}  // namespace

ParallelHash::ParallelHash(const Mode& mode, const uint8_t* input, size_t bytes) noexcept
    : mode_(mode),
      input_(input),
      bytes_(bytes),
      parts_(std::max<size_t>(1, (bytes + kPartBytes - 1) / kPartBytes)),
      values_(parts_ * kHashBytes) {}

void ParallelHash::Work() noexcept {
  for (size_t part; (part = next_.fetch_add(1, std::memory_order_relaxed)) < parts_;) {
    uint8_t* value = values_.data() + part * kHashBytes;
    const size_t offset = part * kPartBytes;
    if (parts_ == 1)
      Blake3(mode_, input_, bytes_, value);
    else
      SubtreeValue(mode_, input_ + offset, std::min(kPartBytes, bytes_ - offset), offset / kChunkBytes,
                   value);
    done_.fetch_add(1, std::memory_order_release);
  }
}

void ParallelHash::Finish(uint8_t out[kHashBytes]) noexcept {
  if (parts_ == 1)
    std::copy_n(values_.data(), kHashBytes, out);
  else
    JoinSubtrees(mode_, values_.data(), parts_, out);
}

}  // namespace pfs::hash
