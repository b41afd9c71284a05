#include "damage.h"

#include <cstring>

#include "checksum.h"

namespace pfs::emulator {

namespace {

// A frame of one packet, its checksum as it came: partial or complete.
Frame* CopyOf(Pool& pool, Frame& frame, uint32_t index) noexcept {
  const Layout& layout = frame.layout;
  if (layout.count == 1) {
    Frame* copy = pool.Take(frame.bytes);
    if (copy) std::memcpy(copy->data(), frame.data(), frame.bytes);
    return copy;
  }
  const uint32_t payload = layout.PayloadBytes(index);
  Frame* copy = pool.Take(kVirtioBytes + layout.payload_at + payload);
  if (!copy) return nullptr;
  const size_t headers = WriteHeaders(frame.data(), layout, index, 1, copy->data());
  const uint8_t* from = frame.data() + kVirtioBytes + layout.payload_at + index * size_t{layout.segment_bytes};
  std::memcpy(copy->data() + headers, from, payload);
  return copy;
}

// What the kernel would have done at a device without offload.
void Complete(Frame& frame) noexcept {
  VirtioHeader virtio;
  std::memcpy(&virtio, frame.data(), kVirtioBytes);
  uint8_t* packet = frame.data() + kVirtioBytes;
  const size_t bytes = frame.bytes - kVirtioBytes;
  const size_t field = size_t{virtio.checksum_from} + virtio.checksum_at;
  const bool is_partial = virtio.flags & kNeedsChecksum;
  if (is_partial && virtio.checksum_from <= bytes && field + 2 <= bytes) {
    const auto sum = static_cast<uint16_t>(~Fold(Sum(packet + virtio.checksum_from, bytes - virtio.checksum_from)));
    // of UDP a zero says that there is none; TCP takes either form of zero
    Store16(packet + field, sum == 0 ? 0xffff : sum);
  }
  virtio = {};
  std::memcpy(frame.data(), &virtio, kVirtioBytes);
}

}  // namespace

Frame* Damaged(Pool& pool, Frame& frame, uint32_t index, bool silently, Random& random) noexcept {
  if (frame.bytes <= kVirtioBytes) return nullptr;
  Frame* copy = CopyOf(pool, frame, index);
  if (!copy) return nullptr;
  Complete(*copy);
  copy->layout = Understand(copy->view());

  const Layout& layout = copy->layout;
  uint8_t* packet = copy->data() + kVirtioBytes;
  // in the payload; of a packet without one in the transport's header, of one not understood behind an IPv4 header
  uint32_t from = layout.bytes > 20 ? 20 : 0;
  if (layout.transport_at > 0) from = layout.payload_at < layout.bytes ? layout.payload_at : layout.transport_at;
  const uint32_t at = from + static_cast<uint32_t>(random.Below(layout.bytes - from));
  const auto bit = static_cast<uint8_t>(1U << random.Below(8));
  const uint32_t shift = (at - layout.transport_at) % 2 == 0 ? 8 : 0;
  const uint32_t before = uint32_t{packet[at]} << shift;
  packet[at] ^= bit;
  const uint32_t after = uint32_t{packet[at]} << shift;

  if (silently && layout.transport_at > 0 && at >= layout.payload_at) {
    uint8_t* checksum = packet + layout.transport_at + (layout.transport == Transport::kTcp ? 16 : 6);
    const bool has_none = layout.transport == Transport::kUdp && Load16(checksum) == 0;
    const auto sum = static_cast<uint16_t>(~Replaced(static_cast<uint16_t>(~Load16(checksum)), before, after));
    if (!has_none) Store16(checksum, sum == 0 && layout.transport == Transport::kUdp ? 0xffff : sum);
  }
  return copy;
}

}  // namespace pfs::emulator
