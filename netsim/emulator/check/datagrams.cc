// Datagrams by number, many to a system call (UDP_SEGMENT, UDP_GRO), and round trips one by one.

#include <netinet/udp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "traffic.h"

namespace pfs::check {

namespace {

#ifndef UDP_SEGMENT
constexpr int UDP_SEGMENT = 103;
#endif
#ifndef UDP_GRO
constexpr int UDP_GRO = 104;
#endif

constexpr size_t kBufferBytes = 65'536;
// Numbers of datagrams that a sink can tell apart.
constexpr size_t kNumbersMax = size_t{1} << 27;

// What every datagram has behind its number.
std::vector<uint8_t> MakePattern() {
  std::vector<uint8_t> pattern(kBufferBytes);
  for (size_t at = 0; at < pattern.size(); at++) pattern[at] = static_cast<uint8_t>(at * 31 + 7);
  return pattern;
}

struct Seen {
  uint64_t packets = 0, bytes = 0, late = 0, doubled = 0, wrong = 0;
  int64_t first_nanos = 0, last_nanos = 0;
  uint32_t most = 0;
  std::vector<uint8_t> pattern = MakePattern();
  std::vector<bool> numbers = std::vector<bool>(kNumbersMax);

  void Take(const uint8_t* data, size_t size, int64_t now) {
    uint32_t number = 0;
    if (size < sizeof number) return;
    std::memcpy(&number, data, sizeof number);
    if (packets++ == 0) first_nanos = now;
    last_nanos = now;
    bytes += size;
    const size_t behind = sizeof number;
    const bool is_wrong = number >= kNumbersMax || std::memcmp(data + behind, &pattern[behind], size - behind) != 0;
    wrong += is_wrong;
    if (is_wrong) return;
    doubled += numbers[number];
    late += !numbers[number] && number < most;
    numbers[number] = true;
    most = std::max(most, number);
  }
};

size_t SegmentOf(const msghdr& message) {
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(const_cast<msghdr*>(&message), one)) {
    if (one->cmsg_level != SOL_UDP || one->cmsg_type != UDP_GRO) continue;
    int segment = 0;
    std::memcpy(&segment, CMSG_DATA(one), sizeof segment);
    return static_cast<size_t>(segment);
  }
  return 0;
}

}  // namespace

int Sink(char** words) {
  const int fd = Listen(words[0], SOCK_DGRAM);
  const int yes = 1;
  setsockopt(fd, SOL_UDP, UDP_GRO, &yes, sizeof yes);
  Seen seen;
  BeRealtime();
  std::vector<uint8_t> buffer(kBufferBytes);
  std::puts("ready");
  std::fflush(stdout);
  while (!is_over) {
    alignas(cmsghdr) char control[64];
    iovec piece{buffer.data(), buffer.size()};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t got = recvmsg(fd, &message, 0);
    if (got <= 0) continue;
    const int64_t now = NowNanos();
    const size_t bytes = static_cast<size_t>(got), said = SegmentOf(message), segment = said ? said : bytes;
    for (size_t at = 0; at < bytes; at += segment) seen.Take(&buffer[at], std::min(segment, bytes - at), now);
  }
  std::printf("{\"packets\":%llu,\"bytes\":%llu,\"late\":%llu,\"doubled\":%llu,\"wrong\":%llu,\"seconds\":%.6f}\n",
              static_cast<unsigned long long>(seen.packets), static_cast<unsigned long long>(seen.bytes),
              static_cast<unsigned long long>(seen.late), static_cast<unsigned long long>(seen.doubled),
              static_cast<unsigned long long>(seen.wrong), static_cast<double>(seen.last_nanos - seen.first_nanos) / 1e9);
  return 0;
}

int Blast(char** words) {
  const int fd = Connect(AddressOf(words[0], words[1]), SOCK_DGRAM);
  const auto count = static_cast<uint32_t>(std::atoll(words[2]));
  const auto bytes = static_cast<size_t>(std::atoi(words[3]));
  const auto segments = static_cast<uint32_t>(std::atoi(words[4]));
  const double megabits = std::atof(words[5]);
  if (bytes < 4 || bytes * segments > kBufferBytes - 100 || segments < 1) return 2;
  const int segment = static_cast<int>(bytes), room = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
  if (segments > 1 && setsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment) != 0) Fail("UDP_SEGMENT");
  const std::vector<uint8_t> pattern = MakePattern();
  std::vector<uint8_t> train(bytes * segments);
  for (size_t i = 0; i < segments; i++) std::copy_n(pattern.begin(), bytes, &train[i * bytes]);
  BeRealtime();
  const int64_t begun = NowNanos();
  uint32_t sent = 0;
  uint64_t refused = 0;
  while (sent < count && !is_over) {
    const uint32_t now = std::min(segments, count - sent);
    for (uint32_t i = 0; i < now; i++) {
      const uint32_t number = sent + i;
      std::memcpy(&train[i * bytes], &number, sizeof number);
    }
    if (megabits > 0) SleepUntil(begun + static_cast<int64_t>(static_cast<double>(sent) * static_cast<double>(bytes) * 8e3 / megabits));
    if (send(fd, train.data(), now * bytes, 0) < 0) refused += now;
    sent += now;
  }
  std::printf("{\"sent\":%u,\"refused\":%llu,\"seconds\":%.6f}\n", sent, static_cast<unsigned long long>(refused),
              static_cast<double>(NowNanos() - begun) / 1e9);
  return 0;
}

int Echo(char** words) {
  const int fd = Listen(words[0], SOCK_DGRAM);
  BeRealtime();
  std::puts("ready");
  std::fflush(stdout);
  std::vector<uint8_t> buffer(kBufferBytes);
  while (!is_over) {
    Address from;
    from.bytes = sizeof from.storage;
    auto* name = reinterpret_cast<sockaddr*>(&from.storage);
    const ssize_t got = recvfrom(fd, buffer.data(), buffer.size(), 0, name, &from.bytes);
    if (got >= 0) sendto(fd, buffer.data(), static_cast<size_t>(got), 0, name, from.bytes);
  }
  return 0;
}

int Ping(char** words) {
  const int fd = Connect(AddressOf(words[0], words[1]), SOCK_DGRAM);
  const auto count = static_cast<uint32_t>(std::atoi(words[2]));
  const int64_t gap_nanos = std::atoll(words[3]) * 1000;
  const timeval patience{2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  BeRealtime();
  std::vector<double> micros;
  for (uint32_t number = 0; number < count && !is_over; number++) {
    const int64_t begun = NowNanos();
    uint32_t got = 0;
    if (send(fd, &number, sizeof number, 0) < 0) Fail("send");
    // an answer to an earlier one, that came after its time, is no answer to this
    while (recv(fd, &got, sizeof got, 0) == sizeof got && got != number) {
    }
    const int64_t now = NowNanos();
    if (got == number && now - begun < 2'000'000'000) micros.push_back(static_cast<double>(now - begun) / 1000);
    SleepUntil(std::max(now, begun + gap_nanos));
  }
  std::sort(micros.begin(), micros.end());
  const auto at = [&](double share) {
    return micros.empty() ? 0 : micros[static_cast<size_t>(share * static_cast<double>(micros.size() - 1))];
  };
  std::printf("{\"sent\":%u,\"answered\":%zu,\"micros\":{\"min\":%.1f,\"p50\":%.1f,\"p90\":%.1f,\"p99\":%.1f,\"max\":%.1f}}\n",
              count, micros.size(), at(0), at(0.5), at(0.9), at(0.99), at(1));
  return 0;
}

}  // namespace pfs::check
