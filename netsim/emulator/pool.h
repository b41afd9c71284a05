// pool.h: memory for frames under way, in three sizes so that a link full of small packets is not a link full of 64 KiB
// buffers. Counted references: the parts of a super-packet share its bytes. Bounded; nothing is given back before the end.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <span>

#include "packet.h"

namespace pfs::emulator {

struct Frame {
  Layout layout;
  uint32_t references;
  uint32_t bytes;
  uint32_t size_class;
  Frame* next;

  uint8_t* data() noexcept { return reinterpret_cast<uint8_t*>(this + 1); }
  std::span<const uint8_t> view() noexcept { return {data(), bytes}; }
};

class Pool {
 public:
  static constexpr std::array<size_t, 3> kClassBytes = {2048, 8192, kFrameBytesMax};

  explicit Pool(size_t bytes_max) noexcept : bytes_left_(bytes_max) {}
  ~Pool() {
    for (Frame*& head : free_)
      while (head) std::free(Pop(head));
  }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // With one reference; nullptr: the bound is reached.
  Frame* Take(size_t bytes) noexcept {
    uint32_t size_class = 0;
    while (kClassBytes[size_class] < bytes) size_class++;
    Frame*& head = free_[size_class];
    Frame* frame = nullptr;
    if (head) {
      frame = Pop(head);
    } else {
      const size_t whole = sizeof(Frame) + kClassBytes[size_class];
      void* memory = whole <= bytes_left_ ? std::malloc(whole) : nullptr;
      if (!memory) return nullptr;
      bytes_left_ -= whole;
      frame = new (memory) Frame{};
    }
    frame->references = 1;
    frame->bytes = static_cast<uint32_t>(bytes);
    frame->size_class = size_class;
    return frame;
  }

  // The last that is put back is the first that is taken: it may still be in the cache.
  void Drop(Frame* frame) noexcept {
    if (--frame->references > 0) return;
    frame->next = free_[frame->size_class];
    free_[frame->size_class] = frame;
  }

 private:
  static Frame* Pop(Frame*& head) noexcept {
    Frame* frame = head;
    head = frame->next;
    return frame;
  }

  size_t bytes_left_;
  std::array<Frame*, kClassBytes.size()> free_ = {};
};

}  // namespace pfs::emulator
