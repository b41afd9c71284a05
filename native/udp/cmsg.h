// cmsg.h: the ancillary data of our datagrams: the segment size and our address going out; the segment size,
// our address, ECN bits and the drop counter coming in.
//
// Knows the layout of control messages; makes no system calls. Its input comes from the kernel, and is
// checked all the same.

#pragma once

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

#include "udp/address.h"

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

// Room for UDP_SEGMENT and IPV6_PKTINFO, the larger of its kind, with slack for alignment.
inline constexpr size_t kSendControlBytes = CMSG_SPACE(sizeof(uint16_t)) + CMSG_SPACE(sizeof(in6_pktinfo));
// Room for UDP_GRO, IP_TOS, IPV6_TCLASS and SO_RXQ_OVFL, each an int at most, and for both kinds of PKTINFO.
inline constexpr size_t kReceiveControlBytes =
    4 * CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(in_pktinfo)) + CMSG_SPACE(sizeof(in6_pktinfo));

struct ControlFacts {
  uint32_t segment_bytes = 0;  // 0: one datagram
  uint32_t drops = 0;          // all the socket ever dropped, modulo 2^32
  bool has_drops = false;
  uint8_t ecn = 0;
  Source source;  // where it came to, on a socket that was asked to tell
};

// Puts them into `control`, which has kSendControlBytes and is zero, and that into the message: a segment size
// of 0 and a source without a family take no room, and both none at all.
void WriteControl(msghdr* message, uint8_t* control, uint16_t segment_bytes, const Source& source) noexcept;

ControlFacts ReadControl(const msghdr& message) noexcept;

}  // namespace pfs::udp
