// cmsg.h: the ancillary data of our datagrams: the segment size going out; the segment size, ECN bits and the
// drop counter coming in.
//
// Knows the layout of control messages; makes no system calls. Its input comes from the kernel, and is
// checked all the same.

#pragma once

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

// linux/udp.h and asm-generic/socket.h; older C libraries do not have them.
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef SO_RXQ_OVFL
#define SO_RXQ_OVFL 40
#endif

namespace pfs::udp {

// Room for UDP_SEGMENT, with slack for alignment.
inline constexpr size_t kSendControlBytes = CMSG_SPACE(sizeof(uint16_t));
// Room for UDP_GRO, IP_TOS, IPV6_TCLASS and SO_RXQ_OVFL, each an int at most.
inline constexpr size_t kReceiveControlBytes = 4 * CMSG_SPACE(sizeof(int));

struct ControlFacts {
  uint32_t segment_bytes = 0;  // 0: one datagram
  uint32_t drops = 0;          // all the socket ever dropped, modulo 2^32
  bool has_drops = false;
  uint8_t ecn = 0;
};

// Puts the segment size into msg_control, which has kSendControlBytes.
void WriteSegmentSize(msghdr* message, uint16_t segment_bytes) noexcept;

ControlFacts ReadControl(const msghdr& message) noexcept;

}  // namespace pfs::udp
