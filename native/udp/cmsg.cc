// cmsg.cc: see cmsg.h.

#include "udp/cmsg.h"

#include <cstring>

namespace pfs::udp {

static size_t Append(uint8_t* control, int level, int type, const void* value, size_t bytes) noexcept {
  auto* header = reinterpret_cast<cmsghdr*>(control);
  header->cmsg_level = level;
  header->cmsg_type = type;
  header->cmsg_len = CMSG_LEN(bytes);
  std::memcpy(CMSG_DATA(header), value, bytes);
  return CMSG_SPACE(bytes);
}

void WriteControl(msghdr* message, uint8_t* control, uint16_t segment_bytes, const Source& source) noexcept {
  size_t length = 0;
  if (segment_bytes > 0)
    length += Append(control, SOL_UDP, UDP_SEGMENT, &segment_bytes, sizeof segment_bytes);
  // no interface: the route stays the kernel's choice
  if (source.family == AF_INET) {
    in_pktinfo info{};
    std::memcpy(&info.ipi_spec_dst, &source.address, sizeof info.ipi_spec_dst);
    length += Append(control + length, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
  } else if (source.family == AF_INET6) {
    in6_pktinfo info{};
    info.ipi6_addr = source.address;
    length += Append(control + length, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
  }
  message->msg_control = length > 0 ? control : nullptr;
  message->msg_controllen = length;
}

// A link-local address is nothing without its interface, which the peer's own zone names already.
static void ReadSource(const cmsghdr& header, Source* source) noexcept {
  const size_t bytes = header.cmsg_len - CMSG_LEN(0);
  if (header.cmsg_level == IPPROTO_IP && bytes >= sizeof(in_pktinfo)) {
    // the address itself, where that is one of ours and no group's
    const auto* info = reinterpret_cast<const in_pktinfo*>(CMSG_DATA(&header));
    if (info->ipi_spec_dst.s_addr == 0) return;
    std::memcpy(&source->address, &info->ipi_spec_dst, sizeof info->ipi_spec_dst);
    source->family = AF_INET;
  } else if (header.cmsg_level == IPPROTO_IPV6 && bytes >= sizeof(in6_pktinfo)) {
    const auto* info = reinterpret_cast<const in6_pktinfo*>(CMSG_DATA(&header));
    if (IN6_IS_ADDR_LINKLOCAL(&info->ipi6_addr) || IN6_IS_ADDR_MULTICAST(&info->ipi6_addr)) return;
    source->address = info->ipi6_addr;
    source->family = AF_INET6;
  }
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
    } else if ((header.cmsg_level == IPPROTO_IP && header.cmsg_type == IP_PKTINFO) ||
               (header.cmsg_level == IPPROTO_IPV6 && header.cmsg_type == IPV6_PKTINFO)) {
      ReadSource(header, &facts.source);
    }
    at += CMSG_ALIGN(header.cmsg_len);
  }
  return facts;
}

}  // namespace pfs::udp
