#include "port.h"

#include <time.h>

#include <cstring>

namespace pfs::emulator {

namespace {

// Then the other direction has its turn.
constexpr int kFramesPerTurn = 64;

}  // namespace

int64_t NowNanos() noexcept {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
}

Port::~Port() {
  if (incoming_) pool_.Drop(incoming_);
}

void Port::Read() {
  for (int frames = 0; frames < kFramesPerTurn; frames++) {
    if (!incoming_) incoming_ = pool_.Take(kFrameBytesMax);
    // without memory the frame is read all the same, and lost
    uint8_t nowhere[kVirtioBytes + 64];
    const std::span<uint8_t> into = incoming_ ? std::span(incoming_->data(), kFrameBytesMax) : std::span(nowhere);
    const size_t bytes = from_.Read(into);
    if (bytes == 0) return;
    if (!incoming_) {
      link_.LostToOverflow(1);
      continue;
    }
    incoming_->bytes = static_cast<uint32_t>(bytes);
    incoming_->layout = Understand(incoming_->view());
    Compact();
    link_.Take(*incoming_, NowNanos());
    // kept, or moved to a small place that the next frame would not fit into
    if (incoming_->references > 1 || Pool::kClassBytes[incoming_->size_class] < kFrameBytesMax) {
      pool_.Drop(incoming_);
      incoming_ = nullptr;
    }
    Deliver();
  }
}

// A small frame that stays moves to a small place; 8 KiB take less time to copy than a system call takes.
void Port::Compact() noexcept {
  if (incoming_->bytes > Pool::kClassBytes[1] || link_.is_cut()) return;
  Frame* small = pool_.Take(incoming_->bytes);
  if (!small) return;
  std::memcpy(small->data(), incoming_->data(), incoming_->bytes);
  small->layout = incoming_->layout;
  pool_.Drop(incoming_);
  incoming_ = small;
}

void Port::Deliver() noexcept {
  while (link_.NextNanos() != Schedule::kNever) {
    const int64_t now = NowNanos();
    if (link_.NextNanos() > now) return;
    const Part part = link_.Next();
    if (Write(part)) link_.Delivered(part, now - part.due_nanos);
    else link_.Refused(part);
    pool_.Drop(part.frame);
  }
}

bool Port::Write(const Part& part) noexcept {
  Frame& frame = *part.frame;
  const Layout& layout = frame.layout;
  if (part.count == layout.count) return to_.Write(frame.view(), {});
  uint8_t headers[kVirtioBytes + kHeadersBytesMax];
  const size_t header_bytes = WriteHeaders(frame.data(), layout, part.first, part.count, headers);
  const size_t from = kVirtioBytes + layout.payload_at + part.first * size_t{layout.segment_bytes};
  size_t bytes = 0;
  for (uint32_t index = part.first; index < uint32_t{part.first} + part.count; index++)
    bytes += layout.PayloadBytes(index);
  return to_.Write({headers, header_bytes}, frame.view().subspan(from, bytes));
}

}  // namespace pfs::emulator
