// flood.cc: forged INITs at a port of this machine, evenly, each from another address of 127/8 and with another id: a
// third of XX, which any bytes make, a third of IK that nobody can open, a third behind cookies of their own making. Answers
// go to addresses where nobody reads. Prints how many left when standard input ends.
//
//   flood PORT PACKETS_PER_SECOND     PORT 0: at a socket of its own that nobody reads

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace {

constexpr int kBatch = 64;
constexpr size_t kCookiedBytes = 17;
constexpr size_t kInitBytes = 16 + 33;
constexpr size_t kUnopenableBytes = 16 + 120;
constexpr size_t kPacketBytesMax = 256;

uint64_t state = 0x9e3779b97f4a7c15;

uint64_t Random() {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

struct Packet {
  uint8_t bytes[kPacketBytesMax];
  alignas(cmsghdr) uint8_t control[CMSG_SPACE(sizeof(in_pktinfo))];
  iovec part;
};

// PROTOCOL.md §4: Type, Version, Source Id, Pattern, Suite Count, Suite, Noise.
size_t WriteInit(uint8_t* to, bool is_unopenable) {
  const size_t length = is_unopenable ? kUnopenableBytes : kInitBytes;
  for (size_t i = 0; i < length; i++) to[i] = static_cast<uint8_t>(Random());
  const uint8_t head[5] = {1, 0, 0, 0, 1};
  std::memcpy(to, head, sizeof head);
  to[13] = is_unopenable ? 0 : 1;
  to[14] = 1;
  to[15] = 1;
  if (!is_unopenable) to[length - 1] = 0;  // no parameters
  return length;
}

size_t Write(uint8_t* to) {
  const uint64_t kind = Random() % 3;
  if (kind != 2) return WriteInit(to, kind == 1);
  for (size_t i = 0; i < kCookiedBytes; i++) to[i] = static_cast<uint8_t>(Random());
  to[0] = 6;
  return kCookiedBytes + WriteInit(to + kCookiedBytes, false);
}

void Fill(Packet& packet, mmsghdr& message, sockaddr_in& to) {
  packet.part = {packet.bytes, Write(packet.bytes)};
  msghdr& header = message.msg_hdr;
  header = {};
  header.msg_name = &to;
  header.msg_namelen = sizeof to;
  header.msg_iov = &packet.part;
  header.msg_iovlen = 1;
  header.msg_control = packet.control;
  header.msg_controllen = sizeof packet.control;
  cmsghdr* control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = IPPROTO_IP;
  control->cmsg_type = IP_PKTINFO;
  control->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
  in_pktinfo info{};
  // 127.1.0.0 and up: what others use is left alone
  info.ipi_spec_dst.s_addr = htonl(0x7f010000u + static_cast<uint32_t>(Random() % 0xfd0000u));
  std::memcpy(CMSG_DATA(control), &info, sizeof info);
}

// Binds a socket that nobody reads, and says where; false when the system has none.
bool OpenUnread(sockaddr_in* to) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  socklen_t length = sizeof *to;
  sockaddr* address = reinterpret_cast<sockaddr*>(to);
  return fd >= 0 && bind(fd, address, length) == 0 && getsockname(fd, address, &length) == 0;
}

bool HasEnded() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return poll(&input, 1, 0) > 0;
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::atoi(words[1])));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (to.sin_port == 0 && !OpenUnread(&to)) return 1;
  const double per_second = std::atof(words[2]);
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  static Packet packets[kBatch];
  static mmsghdr messages[kBatch];
  std::puts("ready");
  std::fflush(stdout);
  const auto start = std::chrono::steady_clock::now();
  uint64_t sent = 0;
  while (!HasEnded()) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    // who was kept from the processor catches up, so that the rate is what was asked for
    while (static_cast<double>(sent) < elapsed.count() * per_second) {
      for (int i = 0; i < kBatch; i++) Fill(packets[i], messages[i], to);
      if (sendmmsg(fd, messages, kBatch, 0) < kBatch) {
        std::perror("sendmmsg");
        return 1;
      }
      sent += kBatch;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  std::printf("{\"sent\":%llu,\"seconds\":%.3f}\n", static_cast<unsigned long long>(sent), elapsed.count());
  return 0;
}
