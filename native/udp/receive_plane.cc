// receive_plane.cc: see receive_plane.h.

#include "udp/receive_plane.h"

#include <algorithm>

namespace pfs::udp {

void ReceivePlane::AddKeys(uint32_t phase, std::unique_ptr<aead::Cipher> cipher) noexcept {
  auto added = std::make_unique<Phase>(Phase{phase, std::move(cipher), {}});
  std::fill(std::begin(added->lowest), std::end(added->lowest), UINT64_MAX);
  (current_ ? next_ : current_) = std::move(added);
}

void ReceivePlane::ForgetKeys(uint32_t phase) noexcept {
  if (previous_ && previous_->phase == phase) previous_.reset();
}

void ReceivePlane::UsePaths(size_t count) noexcept { paths_ = std::clamp<size_t>(count, paths_, kPathsMax); }

void ReceivePlane::SetWindow(uint16_t stream, uint64_t base, uint64_t limit) noexcept {
  Window* window = WindowOf(stream);
  if (window == nullptr) {
    windows_.push_back(std::make_unique<Window>(Window{stream, base, limit, {}}));
    return;
  }
  window->base = base;
  window->limit = limit;
}

void ReceivePlane::ForgetStream(uint16_t stream) noexcept {
  latest_ = nullptr;
  std::erase_if(windows_, [stream](const auto& window) { return window->stream == stream; });
}

void ReceivePlane::DropSlab(uint16_t stream, uint64_t index) noexcept {
  Window* window = WindowOf(stream);
  if (window != nullptr) std::erase_if(window->slabs, [index](const Slab& slab) { return slab.index == index; });
}

size_t ReceivePlane::Open(uint8_t* bytes, size_t length, size_t segment_bytes, const uint8_t* local_id,
                          SlabSource& slabs, Report& report) noexcept {
  if (segment_bytes == 0) return length;
  Group group;
  size_t at = 0;
  for (size_t taken = 0; at < length && taken < kRunDatagramsMax; taken++) {
    uint8_t* packet = bytes + at;
    const size_t packet_bytes = std::min(segment_bytes, length - at);
    const size_t place = at;
    at += packet_bytes;
    // what is not simply the next packet of the group is dealt with after the group, so that the order stays
    const auto apart = [&] { OpenGroup(group, bytes, slabs, report); };
    if (!IsSealedFor(packet, packet_bytes, local_id)) {
      apart();
      report.Foreign(place, packet_bytes);
      continue;
    }
    if (packet_bytes < kHeaderBytes + kPacketTagBytes || packet_bytes > kDatagramBytesMax ||
        packet[kPathAt] >= paths_) {
      apart();
      report.Dropped(DropReason::kMalformed);
      continue;
    }
    const uint8_t path = packet[kPathAt];
    const ReplayWindow& replay = replays_[path];
    uint64_t number = ExpandNumber(ReadU32(packet + kNumberAt), replay.Largest());
    Phase* keys = KeysOf(packet[0] & 1, path, number);
    if (keys != group.keys || path != group.path) {
      apart();  // it may have moved the phase
      number = ExpandNumber(ReadU32(packet + kNumberAt), replay.Largest());
      keys = KeysOf(packet[0] & 1, path, number);
    }
    if (!replay.IsFresh(number)) {
      apart();
      report.Dropped(DropReason::kReplayed);
      continue;
    }
    if (keys == nullptr) {
      apart();
      report.Dropped(DropReason::kOldKey);
      continue;
    }
    group.keys = keys;
    group.path = path;
    group.packets[group.count++] = {packet, packet_bytes, number};
  }
  OpenGroup(group, bytes, slabs, report);
  return at;
}

void ReceivePlane::OpenGroup(Group& group, const uint8_t* bytes, SlabSource& slabs, Report& report) noexcept {
  if (group.count == 0) return;
  Phase* keys = group.keys;
  ReplayWindow& replay = replays_[group.path];
  report.OnPath(group.path);
  bool opened[kRunDatagramsMax];
  keys->cipher->OpenMany(group.packets, group.count, kHeaderBytes, group.path, opened);
  for (size_t i = 0; i < group.count; i++) {
    const auto& packet = group.packets[i];
    // first the number, for one group may hold it twice
    if (!replay.IsFresh(packet.number) || !opened[i]) {
      report.Dropped(replay.IsFresh(packet.number) ? DropReason::kForged : DropReason::kReplayed);
      continue;
    }
    replay.Mark(packet.number);
    OnOpened(keys, group.path, packet.number);
    if ((packet.packet[0] & 0xfe) == kDataType) {
      TakeData(packet, keys->phase, slabs, report);
    } else {
      const size_t place = static_cast<size_t>(packet.packet - bytes) + kHeaderBytes;
      report.Frames(packet.number, keys->phase, place, packet.packet_bytes - kFramesOverheadBytes,
                    packet.packet_bytes);
    }
  }
  group.count = 0;
  group.keys = nullptr;
}

// The bit tells neighbours apart; phases two apart share it, and there the number tells. §6.5
ReceivePlane::Phase* ReceivePlane::KeysOf(uint32_t bit, uint8_t path, uint64_t number) noexcept {
  if (!current_ || (current_->phase & 1) == bit) return current_.get();
  return previous_ && number < current_->lowest[path] ? previous_.get() : next_.get();
}

// Only what has opened moves the phase. §6.5-3
void ReceivePlane::OnOpened(Phase* keys, uint8_t path, uint64_t number) noexcept {
  if (keys == next_.get()) {
    previous_ = std::move(current_);
    current_ = std::move(next_);
  }
  keys->lowest[path] = std::min(keys->lowest[path], number);
}

void ReceivePlane::TakeData(const aead::Cipher::Sealed& packet, uint32_t phase, SlabSource& slabs,
                            Report& report) noexcept {
  const size_t plain = packet.packet_bytes - kFramesOverheadBytes;
  const uint64_t prefix = plain >= kDataPrefixBytes ? ReadU64(packet.packet + kHeaderBytes) : 0;
  const auto stream = static_cast<uint16_t>(prefix >> 48);
  const size_t length = plain > kDataPrefixBytes ? plain - kDataPrefixBytes : 0;
  const uint64_t offset = prefix & (kOffsetMax - 1);
  if (length == 0 || offset + length > kOffsetMax) {
    // authentic and impossible: the core closes. §4-7
    report.Outside(packet.number, phase, stream, kOffsetMax, 1);
    return;
  }
  Window* window = WindowOf(stream);
  if (window == nullptr || offset + length > window->limit) {
    report.Outside(packet.number, phase, stream, offset, length);
    return;
  }
  const uint64_t end = offset + length;
  const uint64_t from = std::max(offset, window->base);
  const uint8_t* payload = packet.packet + kHeaderBytes + kDataPrefixBytes;
  if (from < end) Write(*window, from, payload + (from - offset), end - from, slabs);
  report.Data(packet.number, phase, stream, offset, length);
}

ReceivePlane::Window* ReceivePlane::WindowOf(uint16_t stream) noexcept {
  if (latest_ != nullptr && latest_->stream == stream) return latest_;
  for (const auto& window : windows_)
    if (window->stream == stream) return latest_ = window.get();
  return nullptr;
}

void ReceivePlane::Write(Window& window, uint64_t offset, const uint8_t* from, size_t bytes,
                         SlabSource& slabs) noexcept {
  while (bytes > 0) {
    const size_t at = offset % slab_bytes_;
    const size_t count = std::min(bytes, slab_bytes_ - at);
    uint8_t* memory = SlabOf(window, offset / slab_bytes_, slabs);
    // a late duplicate of what was handed on has no slab any more
    if (memory != nullptr) std::memcpy(memory + at, from, count);
    offset += count;
    from += count;
    bytes -= count;
  }
}

uint8_t* ReceivePlane::SlabOf(Window& window, uint64_t index, SlabSource& slabs) noexcept {
  // the newest are at the back: that is where packets in order go
  for (auto slab = window.slabs.rbegin(); slab != window.slabs.rend(); ++slab)
    if (slab->index == index) return slab->memory;
  uint8_t* memory = slabs.Slab(window.stream, index);
  if (memory != nullptr) window.slabs.push_back({index, memory});
  return memory;
}

}  // namespace pfs::udp
