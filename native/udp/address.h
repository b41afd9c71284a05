// address.h: socket addresses as values: parsed, told apart, written out.
//
// Knows IPv4 and IPv6 literals; resolves no names.

#pragma once

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

namespace pfs::udp {

// An IPv6 literal, a percent sign, the name of an interface, the terminating zero.
inline constexpr size_t kAddressTextBytes = INET6_ADDRSTRLEN + 1 + IF_NAMESIZE;

// Which address of ours a datagram came to, and an answer is to leave from. Family 0: whichever the route
// has.
struct Source {
  in6_addr address{};  // of an IPv4 address the first four bytes
  uint16_t family = 0;
};

// A Source lies in the room that a sockaddr_storage has behind either kind of sockaddr: whoever keeps a peer's
// address keeps with it where the peer finds us.
Source SourceOf(const sockaddr_storage& address) noexcept;
void SetSource(sockaddr_storage* address, const Source& source) noexcept;
// The one as the other: an address of ours without its port. False where there is none.
Source AsSource(const sockaddr_storage& local) noexcept;
bool SourceAddress(const sockaddr_storage& address, sockaddr_storage* local) noexcept;

// What tells one address from another, without the padding and the flow label that sockaddr_in6 carries
// along.
struct AddressKey {
  uint64_t low = 0, high = 0;  // the IP address
  uint64_t source_low = 0, source_high = 0;
  uint32_t scope = 0;
  uint16_t family = 0;
  uint16_t port = 0;  // in network order

  bool operator==(const AddressKey&) const noexcept = default;
};

AddressKey KeyOf(const sockaddr_storage& address) noexcept;
uint64_t HashOf(const AddressKey& key) noexcept;

// 0 for a family that is neither IPv4 nor IPv6.
socklen_t AddressLength(const sockaddr_storage& address) noexcept;
uint16_t PortOf(const sockaddr_storage& address) noexcept;

// A literal, with %zone where IPv6 needs one. For a socket of family AF_INET6 an IPv4 literal becomes the
// mapped address; AF_UNSPEC takes either as it is. False when the text is no literal or the family cannot
// have it.
bool ParseAddress(const char* host, uint16_t port, int family, sockaddr_storage* address) noexcept;

// The literal without the port; link-local addresses with their %zone.
void WriteAddress(const sockaddr_storage& address, char (&text)[kAddressTextBytes]) noexcept;

}  // namespace pfs::udp
