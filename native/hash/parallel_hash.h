// parallel_hash.h: one large input hashed by several threads.
//
// Makes no threads: whoever has some lets each of them call Work(), which returns when nothing is left to
// begin. When all have returned, and that was made known to the caller as threads do, Finish() gives the
// hash.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "hash/blake3.h"

namespace pfs::hash {

class ParallelHash {
 public:
  // The input must stay where it is, unchanged, until Finish().
  ParallelHash(const Mode& mode, const uint8_t* input, size_t bytes) noexcept;

  // More threads than this have nothing to do.
  size_t Parts() const noexcept { return parts_; }
  void Work() noexcept;
  // Whether every part is done: not so if a thread was never run, and nobody did its work.
  bool IsWhole() const noexcept { return done_.load(std::memory_order_acquire) == parts_; }
  void Finish(uint8_t out[kHashBytes]) noexcept;

 private:
  Mode mode_;
  const uint8_t* input_;
  size_t bytes_;
  size_t parts_;
  std::vector<uint8_t> values_;
  std::atomic<size_t> next_{0};
  std::atomic<size_t> done_{0};
};

}  // namespace pfs::hash
