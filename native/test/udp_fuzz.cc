// udp_fuzz.cc: control messages of any bytes; addresses of any text; strangers of any kind at a gate; and a socket under random trains, lone
// datagrams and faults that lose nothing, whose receiver must get every datagram, whole and in order.
// Arguments: seed, rounds.
//
// g++ -std=c++20 -O3 -Inative native/test/udp_fuzz.cc native/udp/{address,cmsg,ladder,socket*,timer}.cc

#include <algorithm>
#include <cerrno>

#include "udp/cmsg.h"
#include "udp/gate.h"
#include "udp_support.h"

using namespace pfs::udp;
using namespace pfs::udp::test;

namespace {

void Control(Random& random) {
  // on the heap and exact, so that a sanitiser sees a step past the end
  const size_t bytes = random.Below(140);
  void* control = std::aligned_alloc(alignof(cmsghdr), (bytes + 15) / 16 * 16 + 16);
  Bytes noise(bytes);
  for (uint8_t& byte : noise) byte = static_cast<uint8_t>(random.Next());
  // plausible lengths and kinds now and then
  const uint64_t lengths[] = {0, 15, 16, 17, 18, 20, 24, 28, 36, bytes, bytes + 1, ~uint64_t{0}};
  const int kinds[][2] = {
      {SOL_UDP, UDP_GRO},        {IPPROTO_IP, IP_TOS},     {IPPROTO_IPV6, IPV6_TCLASS},
      {SOL_SOCKET, SO_RXQ_OVFL}, {IPPROTO_IP, IP_PKTINFO}, {IPPROTO_IPV6, IPV6_PKTINFO}};
  for (size_t at = 0; at + sizeof(cmsghdr) <= bytes; at += CMSG_ALIGN(1 + random.Below(40))) {
    cmsghdr header{};
    header.cmsg_len = lengths[random.Below(std::size(lengths))];
    const auto& kind = kinds[random.Below(std::size(kinds))];
    header.cmsg_level = kind[0];
    header.cmsg_type = kind[1];
    if (random.Below(2) == 0) std::memcpy(noise.data() + at, &header, sizeof header);
  }
  if (bytes > 0) std::memcpy(control, noise.data(), bytes);
  msghdr message{};
  message.msg_control = control;
  message.msg_controllen = bytes;
  const ControlFacts facts = ReadControl(message);
  Check(facts.segment_bytes <= 0xffff && facts.ecn <= 3, "facts in range");
  const uint16_t family = facts.source.family;
  Check(family == 0 || family == AF_INET || family == AF_INET6, "a source of a family we know");
  std::free(control);
}

void Texts(Random& random) {
  char text[70];
  const size_t length = random.Below(sizeof text);
  for (size_t i = 0; i < length; i++) text[i] = "0123456789abcdef:.%lo"[random.Below(21)];
  text[length] = '\0';
  sockaddr_storage address, again;
  char written[kAddressTextBytes];
  for (const int family : {AF_UNSPEC, AF_INET, AF_INET6}) {
    if (!ParseAddress(text, 7, family, &address)) continue;
    WriteAddress(address, written);
    const bool is_zoned = std::strchr(text, '%') != nullptr;  // of no interface of ours: not written
    Check(ParseAddress(written, 7, family, &again) && (is_zoned || KeyOf(again) == KeyOf(address)), text);
  }
}

// Any bytes at a gate: who is let through is never sent a cookie for it, and a cookie opens what it was made for.
void Strangers(Random& random) {
  const size_t bytes = random.Below(64);
  const std::unique_ptr<uint8_t[]> datagram(new uint8_t[bytes]);
  for (size_t i = 0; i < bytes; i++) datagram[i] = static_cast<uint8_t>(random.Next());
  const uint8_t types[] = {1, 6, 6, 5, 0x40};
  if (bytes > 0) datagram[0] = types[random.Below(sizeof types)];
  const size_t at = bytes > 0 && datagram[0] == 6 ? 17 : 0;
  const uint8_t head[] = {1, 0, 0, 0, 1};
  if (random.Below(4) != 0 && bytes >= at + sizeof head) std::memcpy(datagram.get() + at, head, sizeof head);
  const Bytes keys = Painted(16 * (1 + random.Below(2)), random.Next());
  uint16_t known[8] = {};
  known[random.Below(8)] = 1;
  const Gate gate{keys, random.Below(2) ? std::span<const uint16_t>(known) : std::span<const uint16_t>(), 0};
  const sockaddr_storage from = random.Below(2) ? At("127.0.0.1", 9) : At("2001:db8::1", 9);
  uint8_t cookie[kCookiePacketBytes];
  if (!IsTurnedAway(gate, from, datagram.get(), bytes)) return;
  if (!WriteCookie(gate, from, datagram.get(), bytes, cookie)) return;
  Bytes again(1 + kCookieBytes + bytes - at);
  again[0] = 6;
  std::memcpy(again.data() + 1, cookie + 9, kCookieBytes);
  std::memcpy(again.data() + 1 + kCookieBytes, datagram.get() + at, bytes - at);
  Check(!IsTurnedAway(gate, from, again.data(), again.size()), "a cookie opens the gate");
}

// What loses no datagram: room that comes later, and rungs that refuse. Twice in a row is one refusal.
void Trouble(Random& random, Socket& socket) {
  const int refusals[] = {EIO, EINVAL, EOPNOTSUPP, ENOPROTOOPT};
  const auto call = static_cast<Call>(random.Below(3));
  switch (random.Below(4)) {
    case 0:
      socket.Inject(call, {static_cast<uint32_t>(random.Below(4)), random.Below(2) ? EAGAIN : ENOBUFS, 0});
      break;
    case 1:
      socket.Inject(Call::kSendGso, {2, refusals[random.Below(4)], 0});
      break;
    case 2:
      socket.Inject(Call::kSendMmsg, {2, refusals[random.Below(4)], 0});
      break;
    default:
      socket.Inject(Call::kSendMmsg,
                    {static_cast<uint32_t>(random.Below(20)), 0, static_cast<uint32_t>(random.Below(5))});
  }
}

void Story(Random& random) {
  Peer receiver, sender;
  const sockaddr_storage to = receiver.local;
  std::vector<Bytes> wanted, got;
  for (int step = 0; step < 60; step++) {
    if (random.Below(4) == 0) Trouble(random, *sender.socket);
    const size_t segment = 1 + random.Below(random.Below(2) ? 60 : 9216);
    if (random.Below(2) == 0) {
      const size_t bytes = 1 + random.Below(std::min(kTrainBytesMax, segment * 130));
      if (sender.socket->TrainBuffer() != nullptr) {
        const Bytes train = Painted(bytes, random.Next());
        sender.Send(&to, train, segment);
        for (const Bytes& datagram : Cut(train, segment)) wanted.push_back(datagram);
      }
    } else {
      const uint64_t before = sender.socket->Counters().send_errors;
      const Bytes datagram = Painted(segment, random.Next());
      sender.socket->Gather(&to, datagram.data(), datagram.size());
      if (sender.socket->Counters().send_errors == before) wanted.push_back(datagram);
    }
    if (random.Below(3) == 0) sender.socket->FlushPending();
    if (wanted.size() - got.size() < 500) continue;
    sender.socket->SendGathered();
    while (!sender.socket->FlushPending()) continue;
    for (Bytes& datagram : receiver.Take(wanted.size() - got.size(), 3000, 1 + random.Below(kSlots)))
      got.push_back(datagram);
  }
  sender.socket->SendGathered();
  while (!sender.socket->FlushPending()) continue;
  for (Bytes& datagram : receiver.Take(wanted.size() - got.size(), 3000)) got.push_back(datagram);
  Check(got == wanted, "every datagram, in order", static_cast<long>(wanted.size()));
}

}  // namespace

int main(int count, char** arguments) {
  const uint64_t seed = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 1;
  const long rounds = count > 2 ? std::strtol(arguments[2], nullptr, 10) : 2000;
  Random random{seed * 0x9e3779b97f4a7c15u + 1};
  for (long round = 0; round < rounds && failures == 0; round++) {
    Control(random);
    Texts(random);
    Strangers(random);
    if (round % 20 == 0) Story(random);
    if (failures > 0) std::printf("seed %llu, round %ld\n", static_cast<unsigned long long>(seed), round);
  }
  std::printf("%ld rounds of seed %llu: %s\n", rounds, static_cast<unsigned long long>(seed),
              failures == 0 ? "ok" : "FAILED");
  return failures == 0 ? 0 : 1;
}
