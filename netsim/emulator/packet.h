// packet.h: what a TUN device hands over: a virtio header, then an IP packet, or a super-packet that stands for several
// packets of one TCP or UDP flow (TSO, USO). Says where its parts are and what each packet in it costs, and writes the
// headers of a part of it. Whatever bytes come, nothing outside of them is read: what cannot be understood is one packet.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace pfs::emulator {

// What every packet begins with on its way to and from the kernel; numbers in the machine's order. The kernel's own
// linux/virtio_net.h is no C++: it has a field named class.
struct VirtioHeader {
  uint8_t flags;
  uint8_t segments;       // kTcp4Segments …, 0: one packet
  uint16_t headers_bytes;
  uint16_t segment_bytes;
  uint16_t checksum_from;  // the sum begins here, counted from the IP packet
  uint16_t checksum_at;    // and its field is so far behind that
};
constexpr uint8_t kNeedsChecksum = 1;
constexpr uint8_t kTcp4Segments = 1;
constexpr uint8_t kTcp6Segments = 4;
constexpr uint8_t kUdpSegments = 5;
// beside one of TCP's: its first packet says that the window was reduced
constexpr uint8_t kCongestionSaid = 0x80;
constexpr size_t kVirtioBytes = sizeof(VirtioHeader);
static_assert(kVirtioBytes == 10);
// The largest IP packet, an IPv6 header before the largest payload, and what is before both.
constexpr size_t kFrameBytesMax = kVirtioBytes + 40 + 65'535;
// Headers above this are not taken apart. Those of the kernel's own TCP have at most 120 bytes.
constexpr size_t kHeadersBytesMax = 256;

enum class Transport : uint8_t { kOther, kTcp, kUdp };

// Places are counted from the first byte of the IP packet.
struct Layout {
  VirtioHeader virtio;
  uint32_t bytes;           // of the IP packet, or super-packet
  uint16_t count;           // the packets it stands for
  uint16_t segment_bytes;   // payload of each but the last; of a single packet all
  uint16_t transport_at;    // 0: not understood
  uint16_t payload_at;      // behind all headers, which every packet in it repeats
  uint8_t version;          // of IP; 0: not understood
  Transport transport;

  // Of packet `index`, as IP counts.
  uint32_t PacketBytes(uint32_t index) const noexcept {
    return count == 1 ? bytes : payload_at + PayloadBytes(index);
  }
  uint32_t PayloadBytes(uint32_t index) const noexcept {
    return index + 1 < count ? segment_bytes : bytes - payload_at - index * uint32_t{segment_bytes};
  }
  bool NeedsChecksum() const noexcept { return virtio.flags & kNeedsChecksum; }
};

// Of a frame that a TUN device gave; one shorter than its virtio header is a packet of no bytes.
Layout Understand(std::span<const uint8_t> frame) noexcept;

// The headers, virtio's first, of `count` packets of a super-packet from `first` on; they are followed by the payload from
// there. Returns their length, at most kVirtioBytes + kHeadersBytesMax. Checksums stay partial, as they came.
size_t WriteHeaders(const uint8_t* frame, const Layout& layout, uint32_t first, uint32_t count, uint8_t* out) noexcept;

}  // namespace pfs::emulator
