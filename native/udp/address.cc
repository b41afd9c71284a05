// address.cc: see address.h.

#include "udp/address.h"

#include <arpa/inet.h>

#include <cstdlib>
#include <cstring>

namespace pfs::udp {

static constexpr size_t kSourceAt = 64;
static_assert(kSourceAt >= sizeof(sockaddr_in6) && kSourceAt + sizeof(Source) <= sizeof(sockaddr_storage));

Source SourceOf(const sockaddr_storage& address) noexcept {
  Source source;
  std::memcpy(&source, reinterpret_cast<const uint8_t*>(&address) + kSourceAt, sizeof source);
  return source;
}

void SetSource(sockaddr_storage* address, const Source& source) noexcept {
  std::memcpy(reinterpret_cast<uint8_t*>(address) + kSourceAt, &source, sizeof source);
}

Source AsSource(const sockaddr_storage& local) noexcept {
  Source source;
  source.family = local.ss_family;
  if (local.ss_family == AF_INET6)
    source.address = reinterpret_cast<const sockaddr_in6&>(local).sin6_addr;
  else
    std::memcpy(&source.address, &reinterpret_cast<const sockaddr_in&>(local).sin_addr, sizeof(in_addr));
  return source;
}

bool SourceAddress(const sockaddr_storage& address, sockaddr_storage* local) noexcept {
  const Source source = SourceOf(address);
  *local = {};
  local->ss_family = source.family;
  if (source.family == AF_INET6)
    reinterpret_cast<sockaddr_in6&>(*local).sin6_addr = source.address;
  else if (source.family == AF_INET)
    std::memcpy(&reinterpret_cast<sockaddr_in&>(*local).sin_addr, &source.address, sizeof(in_addr));
  return source.family != 0;
}

AddressKey KeyOf(const sockaddr_storage& address) noexcept {
  AddressKey key;
  const Source source = SourceOf(address);
  std::memcpy(&key.source_low, source.address.s6_addr, 8);
  std::memcpy(&key.source_high, source.address.s6_addr + 8, 8);
  key.family = address.ss_family;
  if (address.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
    std::memcpy(&key.low, six.sin6_addr.s6_addr, 8);
    std::memcpy(&key.high, six.sin6_addr.s6_addr + 8, 8);
    key.scope = six.sin6_scope_id;
    key.port = six.sin6_port;
  } else if (address.ss_family == AF_INET) {
    const auto& four = reinterpret_cast<const sockaddr_in&>(address);
    key.low = four.sin_addr.s_addr;
    key.port = four.sin_port;
  }
  return key;
}

// Two rounds of multiply and fold. Whoever makes addresses collide only costs us a text per arrival.
uint64_t HashOf(const AddressKey& key) noexcept {
  const auto fold = [](uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ (hash >> 32);
  };
  const uint64_t rest = (uint64_t{key.scope} << 32) | (uint64_t{key.port} << 16) | key.family;
  const uint64_t source = fold(fold(0, key.source_low), key.source_high);
  return fold(fold(fold(source, key.low), key.high), rest);
}

socklen_t AddressLength(const sockaddr_storage& address) noexcept {
  if (address.ss_family == AF_INET) return sizeof(sockaddr_in);
  if (address.ss_family == AF_INET6) return sizeof(sockaddr_in6);
  return 0;
}

uint16_t PortOf(const sockaddr_storage& address) noexcept { return ntohs(KeyOf(address).port); }

static uint32_t ScopeOf(const char* zone) noexcept {
  const uint32_t index = if_nametoindex(zone);
  return index != 0 ? index : static_cast<uint32_t>(std::strtoul(zone, nullptr, 10));
}

bool ParseAddress(const char* host, uint16_t port, int family, sockaddr_storage* address) noexcept {
  std::memset(address, 0, sizeof *address);
  in_addr four;
  if (inet_pton(AF_INET, host, &four) == 1) {
    if (family == AF_INET6) {
      auto& six = reinterpret_cast<sockaddr_in6&>(*address);
      six.sin6_family = AF_INET6;
      six.sin6_port = htons(port);
      six.sin6_addr.s6_addr[10] = six.sin6_addr.s6_addr[11] = 0xff;
      std::memcpy(six.sin6_addr.s6_addr + 12, &four, 4);
      return true;
    }
    auto& plain = reinterpret_cast<sockaddr_in&>(*address);
    plain.sin_family = AF_INET;
    plain.sin_port = htons(port);
    plain.sin_addr = four;
    return true;
  }
  if (family == AF_INET) return false;
  char literal[INET6_ADDRSTRLEN];
  const char* zone = std::strchr(host, '%');
  const size_t length = zone ? static_cast<size_t>(zone - host) : std::strlen(host);
  if (length >= sizeof literal) return false;
  std::memcpy(literal, host, length);
  literal[length] = '\0';
  auto& six = reinterpret_cast<sockaddr_in6&>(*address);
  if (inet_pton(AF_INET6, literal, &six.sin6_addr) != 1) return false;
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  if (zone) six.sin6_scope_id = ScopeOf(zone + 1);
  return true;
}

void WriteAddress(const sockaddr_storage& address, char (&text)[kAddressTextBytes]) noexcept {
  text[0] = '\0';
  if (address.ss_family == AF_INET) {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
    return;
  }
  if (address.ss_family != AF_INET6) return;
  const auto& six = reinterpret_cast<const sockaddr_in6&>(address);
  inet_ntop(AF_INET6, &six.sin6_addr, text, INET6_ADDRSTRLEN);
  if (six.sin6_scope_id == 0 || !IN6_IS_ADDR_LINKLOCAL(&six.sin6_addr)) return;
  char name[IF_NAMESIZE];
  if (if_indextoname(six.sin6_scope_id, name) == nullptr) return;
  std::strcat(text, "%");
  std::strcat(text, name);
}

}  // namespace pfs::udp
