// frames.h: frames as a TUN device gives them, made by hand.

#pragma once

#include <cstring>
#include <vector>

#include "checksum.h"
#include "packet.h"

namespace pfs::test {

using namespace pfs::emulator;
using Bytes = std::vector<uint8_t>;

struct Shape {
  int version = 4;
  Transport transport = Transport::kUdp;
  size_t payload_bytes = 1000;
  uint16_t segment_bytes = 0;  // 0: one packet
  uint8_t tcp_flags = 0x10;
  size_t tcp_option_bytes = 12;
  uint32_t ip_option_bytes = 0;
};

inline uint16_t PseudoSum(const uint8_t* ip, size_t transport_bytes, uint8_t protocol) {
  const bool is4 = ip[0] >> 4 == 4;
  const uint64_t addresses = is4 ? Sum(ip + 12, 8) : Sum(ip + 8, 32);
  return Fold(addresses + protocol + transport_bytes);
}

// Payload bytes count on; sequence 0xfffff000 so that it wraps; the checksum is partial.
inline Bytes MakeFrame(const Shape& shape) {
  const bool is4 = shape.version == 4, is_tcp = shape.transport == Transport::kTcp;
  const size_t ip_bytes = is4 ? 20 + shape.ip_option_bytes : 40;
  const size_t header_bytes = is_tcp ? 20 + shape.tcp_option_bytes : 8;
  const size_t transport_bytes = header_bytes + shape.payload_bytes;
  const uint8_t protocol = is_tcp ? 6 : 17;
  Bytes frame(kVirtioBytes + ip_bytes + transport_bytes);
  VirtioHeader virtio{};
  virtio.flags = kNeedsChecksum;
  virtio.checksum_from = static_cast<uint16_t>(ip_bytes);
  virtio.checksum_at = is_tcp ? 16 : 6;
  if (shape.segment_bytes) {
    virtio.segments = is_tcp ? (is4 ? kTcp4Segments : kTcp6Segments) : kUdpSegments;
    virtio.segment_bytes = shape.segment_bytes;
    virtio.headers_bytes = static_cast<uint16_t>(ip_bytes + header_bytes);
  }
  std::memcpy(frame.data(), &virtio, sizeof virtio);
  uint8_t* ip = frame.data() + kVirtioBytes;
  if (is4) {
    ip[0] = static_cast<uint8_t>(0x40 | ip_bytes / 4);
    Store16(ip + 2, static_cast<uint32_t>(ip_bytes + transport_bytes));
    Store16(ip + 4, 0xfff0);
    ip[8] = 64;
    ip[9] = protocol;
    Store32(ip + 12, 0x0a4d0001);
    Store32(ip + 16, 0x0a4d0002);
    Store16(ip + 10, static_cast<uint16_t>(~Fold(Sum(ip, ip_bytes))));
  } else {
    ip[0] = 0x60;
    Store16(ip + 4, static_cast<uint32_t>(transport_bytes));
    ip[6] = protocol;
    ip[7] = 64;
    for (int i = 0; i < 32; i++) ip[8 + i] = static_cast<uint8_t>(17 * i);
  }
  uint8_t* transport = ip + ip_bytes;
  Store16(transport, 4000);
  Store16(transport + 2, 5000);
  if (is_tcp) {
    Store32(transport + 4, 0xfffff000);
    transport[12] = static_cast<uint8_t>(header_bytes / 4 << 4);
    transport[13] = shape.tcp_flags;
  } else {
    Store16(transport + 4, static_cast<uint32_t>(transport_bytes));
  }
  Store16(transport + virtio.checksum_at, PseudoSum(ip, transport_bytes, protocol));
  for (size_t i = 0; i < shape.payload_bytes; i++) transport[header_bytes + i] = static_cast<uint8_t>(i * 7 + i / 256);
  return frame;
}

// Whether the IP header's own checksum is right, and TCP's or UDP's: complete, or partial as the frame says.
inline bool IsSound(const Bytes& frame) {
  const Layout layout = Understand(frame);
  if (layout.transport_at == 0) return false;
  const uint8_t* ip = frame.data() + kVirtioBytes;
  if (layout.version == 4 && Fold(Sum(ip, layout.transport_at)) != 0xffff) return false;
  if (layout.version == 4 ? Load16(ip + 2) != layout.bytes : Load16(ip + 4) + 40U != layout.bytes) return false;
  const bool is_tcp = layout.transport == Transport::kTcp;
  const uint8_t* transport = ip + layout.transport_at;
  const size_t bytes = layout.bytes - layout.transport_at;
  if (!is_tcp && Load16(transport + 4) != bytes) return false;
  const uint16_t pseudo = PseudoSum(ip, bytes, is_tcp ? 6 : 17);
  if (layout.NeedsChecksum()) return Load16(transport + (is_tcp ? 16 : 6)) % 0xffff == pseudo % 0xffff;
  return Fold(uint64_t{pseudo} + Sum(transport, bytes)) == 0xffff;
}

}  // namespace pfs::test
