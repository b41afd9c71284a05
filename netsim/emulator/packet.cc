#include "packet.h"

#include <netinet/in.h>

#include <cstring>

#include "checksum.h"

namespace pfs::emulator {

namespace {

constexpr uint8_t kFin = 0x01;
constexpr uint8_t kPush = 0x08;
constexpr uint8_t kCongestionReduced = 0x80;

// Fills in version, transport and the two places, if all headers are there.
void UnderstandHeaders(const uint8_t* packet, Layout& layout) noexcept {
  const uint32_t bytes = layout.bytes;
  if (bytes < 20) return;
  uint8_t protocol = 0;
  uint32_t transport_at = 0;
  if (packet[0] >> 4 == 4) {
    transport_at = (packet[0] & 15) * 4U;
    // of a fragment the transport's header may be elsewhere
    const bool is_fragment = Load16(packet + 6) & 0x3fff;
    if (transport_at < 20 || is_fragment) return;
    protocol = packet[9];
  } else if (packet[0] >> 4 == 6 && bytes >= 40) {
    // extension headers hide the transport, and the kernel's own traffic has none that matters
    transport_at = 40;
    protocol = packet[6];
  } else {
    return;
  }
  uint32_t header_bytes = 0;
  if (protocol == IPPROTO_TCP && bytes >= transport_at + 20) {
    header_bytes = (packet[transport_at + 12] >> 4) * 4U;
    if (header_bytes < 20) return;
  } else if (protocol == IPPROTO_UDP) {
    header_bytes = 8;
  } else {
    return;
  }
  if (transport_at + header_bytes > bytes) return;
  layout.version = packet[0] >> 4;
  layout.transport = protocol == IPPROTO_TCP ? Transport::kTcp : Transport::kUdp;
  layout.transport_at = static_cast<uint16_t>(transport_at);
  layout.payload_at = static_cast<uint16_t>(transport_at + header_bytes);
}

// Whether the virtio header says of this packet what its own headers say.
bool IsSuperPacket(const Layout& layout) noexcept {
  const uint8_t type = layout.virtio.segments & static_cast<uint8_t>(~kCongestionSaid);
  const bool is_tcp = type == (layout.version == 6 ? kTcp6Segments : kTcp4Segments);
  if (layout.transport == Transport::kTcp ? !is_tcp : layout.transport != Transport::kUdp || type != kUdpSegments)
    return false;
  return layout.NeedsChecksum() && layout.virtio.segment_bytes > 0 && layout.virtio.checksum_from == layout.transport_at &&
         layout.bytes > layout.payload_at && layout.bytes <= 65'535 + 40U;
}

void WriteInternet(const Layout& layout, uint32_t first, uint32_t packet_bytes, uint8_t* ip) noexcept {
  if (layout.version == 6) {
    Store16(ip + 4, packet_bytes - 40);
    return;
  }
  Store16(ip + 2, packet_bytes);
  Store16(ip + 4, Load16(ip + 4) + first);
  Store16(ip + 10, 0);
  Store16(ip + 10, static_cast<uint16_t>(~Fold(Sum(ip, layout.transport_at))));
}

}  // namespace

Layout Understand(std::span<const uint8_t> frame) noexcept {
  Layout layout{};
  layout.count = 1;
  if (frame.size() < kVirtioBytes) return layout;
  std::memcpy(&layout.virtio, frame.data(), kVirtioBytes);
  layout.bytes = static_cast<uint32_t>(frame.size() - kVirtioBytes);
  UnderstandHeaders(frame.data() + kVirtioBytes, layout);
  if (IsSuperPacket(layout)) {
    const uint32_t payload = layout.bytes - layout.payload_at;
    layout.segment_bytes = layout.virtio.segment_bytes;
    layout.count = static_cast<uint16_t>((payload + layout.segment_bytes - 1) / layout.segment_bytes);
  }
  return layout;
}

size_t WriteHeaders(const uint8_t* frame, const Layout& layout, uint32_t first, uint32_t count, uint8_t* out) noexcept {
  const bool has_last = first + count == layout.count;
  const uint32_t payload = has_last ? layout.bytes - layout.payload_at - first * uint32_t{layout.segment_bytes}
                                    : count * uint32_t{layout.segment_bytes};
  const uint32_t packet_bytes = layout.payload_at + payload;

  VirtioHeader virtio = layout.virtio;
  virtio.headers_bytes = layout.payload_at;
  if (first > 0) virtio.segments &= static_cast<uint8_t>(~kCongestionSaid);
  if (count == 1) {
    virtio.segments = 0;
    virtio.segment_bytes = 0;
  }
  std::memcpy(out, &virtio, kVirtioBytes);

  uint8_t* ip = out + kVirtioBytes;
  std::memcpy(ip, frame + kVirtioBytes, layout.payload_at);
  WriteInternet(layout, first, packet_bytes, ip);

  // the checksum's field holds the sum of the pseudo-header, the length of the whole in it
  uint8_t* transport = ip + layout.transport_at;
  const uint32_t before = layout.bytes - layout.transport_at;
  const uint32_t after = packet_bytes - layout.transport_at;
  uint8_t* checksum = transport + (layout.transport == Transport::kTcp ? 16 : 6);
  Store16(checksum, Replaced(Load16(checksum), before, after));
  if (layout.transport == Transport::kUdp) {
    Store16(transport + 4, after);
  } else {
    Store32(transport + 4, Load32(transport + 4) + first * layout.segment_bytes);
    if (!has_last) transport[13] &= static_cast<uint8_t>(~(kFin | kPush));
    if (first > 0) transport[13] &= static_cast<uint8_t>(~kCongestionReduced);
  }
  return kVirtioBytes + layout.payload_at;
}

}  // namespace pfs::emulator
