// cmsg.cc: see cmsg.h.

#include "udp/cmsg.h"

#include <cstring>

namespace pfs::udp {

void WriteSegmentSize(msghdr* message, uint16_t segment_bytes) noexcept {
  message->msg_controllen = kSendControlBytes;
  cmsghdr* header = CMSG_FIRSTHDR(message);
  header->cmsg_level = SOL_UDP;
  header->cmsg_type = UDP_SEGMENT;
  header->cmsg_len = CMSG_LEN(sizeof segment_bytes);
  std::memcpy(CMSG_DATA(header), &segment_bytes, sizeof segment_bytes);
}

// IP_TOS comes as one byte, the others as an int: what is there decides.
static uint32_t ValueOf(const cmsghdr& header) noexcept {
  const size_t bytes = header.cmsg_len - CMSG_LEN(0);
  if (bytes >= sizeof(uint32_t)) {
    uint32_t value;
    std::memcpy(&value, CMSG_DATA(&header), sizeof value);
    return value;
  }
  return bytes >= 1 ? *CMSG_DATA(&header) : 0;
}

ControlFacts ReadControl(const msghdr& message) noexcept {
  ControlFacts facts;
  // walked by hand: CMSG_NXTHDR of some C libraries looks past the end
  const auto* control = static_cast<const uint8_t*>(message.msg_control);
  const size_t length = message.msg_controllen;
  for (size_t at = 0; at + sizeof(cmsghdr) <= length;) {
    const auto& header = *reinterpret_cast<const cmsghdr*>(control + at);
    if (header.cmsg_len < CMSG_LEN(0) || header.cmsg_len > length - at) break;
    if (header.cmsg_level == SOL_UDP && header.cmsg_type == UDP_GRO) {
      facts.segment_bytes = ValueOf(header) & 0xffff;
    } else if ((header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_TOS) ||
               (header.cmsg_level == IPPROTO_IPV6 && header.cmsg_type == IPV6_TCLASS)) {
      facts.ecn = ValueOf(header) & 3;
    } else if (header.cmsg_level == SOL_SOCKET && header.cmsg_type == SO_RXQ_OVFL) {
      facts.drops = ValueOf(header);
      facts.has_drops = true;
    }
    at += CMSG_ALIGN(header.cmsg_len);
  }
  return facts;
}

}  // namespace pfs::udp
