// udp_gate_test.cc: who is turned away, what they are sent, and what becomes of it when the kernel refuses. The same
// beside the endpoint's own judgement is in test/host/udp_gate.test.ts.
//
// g++ -std=c++20 -O3 -Inative native/test/udp_gate_test.cc native/hash/siphash.cc
//   native/udp/{address,cmsg,gate,ladder,socket*,timer}.cc

#include "udp/gate.h"

#include <cerrno>

#include "udp_support.h"

using namespace pfs;
using namespace pfs::udp;
using namespace pfs::udp::test;

namespace {

Bytes Counted(size_t bytes) {
  Bytes counted(bytes);
  for (size_t i = 0; i < bytes; i++) counted[i] = static_cast<uint8_t>(i);
  return counted;
}

// Of the reference's key and input, 00 01 02 … each, as OpenSSL 3 has them.
void Vectors() {
  const struct {
    size_t bytes;
    uint8_t wanted[16];
  } vectors[] = {
      {0, {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93}},
      {7, {0xa1, 0xf1, 0xeb, 0xbe, 0xd8, 0xdb, 0xc1, 0x53, 0xc0, 0xb8, 0x4a, 0xa6, 0x1f, 0xf0, 0x82, 0x39}},
      {8, {0x3b, 0x62, 0xa9, 0xba, 0x62, 0x58, 0xf5, 0x61, 0x0f, 0x83, 0xe2, 0x64, 0xf3, 0x14, 0x97, 0xb4}},
      {18, {0xa4, 0x26, 0xe5, 0xe4, 0x23, 0xbf, 0x48, 0x85, 0x29, 0x4d, 0xa4, 0x81, 0xfe, 0xae, 0xf7, 0x23}},
  };
  for (const auto& vector : vectors) {
    uint8_t out[hash::kSipBytes];
    hash::SipHash128(Counted(16).data(), Counted(vector.bytes).data(), vector.bytes, out);
    Check(std::memcmp(out, vector.wanted, sizeof out) == 0, "SipHash", static_cast<long>(vector.bytes));
  }
  Done("SipHash-2-4-128 as it is published");
}

Bytes Init(uint8_t source, size_t bytes = 60) {
  Bytes init(bytes);
  init[0] = 1;
  init[4] = 1;
  init[5 + 3] = source;
  return init;
}

Bytes Cookied(const uint8_t* cookie, const Bytes& init) {
  Bytes both(1 + kCookieBytes + init.size());
  both[0] = 6;
  std::memcpy(both.data() + 1, cookie, kCookieBytes);
  std::memcpy(both.data() + 1 + kCookieBytes, init.data(), init.size());
  return both;
}

void Judgement() {
  const Bytes keys = Painted(32, 1);
  const Bytes other_keys = Painted(16, 2);
  const uint16_t known[4] = {0, 0, 3, 0};
  const Gate gate{keys, known, 0};
  const sockaddr_storage from = At("10.1.2.3", 7), elsewhere = At("10.1.2.3", 8);
  const auto is_turned_away = [&](const Bytes& datagram) {
    return IsTurnedAway(gate, from, datagram.data(), datagram.size());
  };
  const auto cookie_of = [&](std::span<const uint8_t> key, const sockaddr_storage& address) {
    Bytes packet(kCookiePacketBytes);
    const Bytes init = Init(1);
    Check(WriteCookie({key, {}, 0}, address, init.data(), init.size(), packet.data()), "a cookie");
    return Bytes(packet.begin() + 9, packet.end());
  };
  Check(is_turned_away(Init(1)), "no cookie");
  Check(!is_turned_away(Init(2)) && !is_turned_away(Init(6)), "may be known");
  const auto span = std::span<const uint8_t>(keys);
  Check(!is_turned_away(Cookied(cookie_of(span, from).data(), Init(1))), "a good cookie");
  Check(!is_turned_away(Cookied(cookie_of(span.subspan(16), from).data(), Init(1))), "of the key before");
  Check(is_turned_away(Cookied(cookie_of(other_keys, from).data(), Init(1))), "of another key");
  Check(is_turned_away(Cookied(cookie_of(span, elsewhere).data(), Init(1))), "of another address");
  const Bytes longest = Init(1, 1200), longer = Init(1, 1201);
  Check(is_turned_away(longest) && !is_turned_away(longer), "no INIT is longer than 1200 bytes");
  for (size_t bytes = 0; bytes < 20; bytes++)
    Check(IsTurnedAway(gate, from, longest.data(), bytes) == (bytes >= 15), "a header", static_cast<long>(bytes));
  Bytes init = Init(1);
  init[4] = 2;
  Check(!is_turned_away(init), "another version");
  init = Init(1);
  init[0] = 0x42;
  Check(!is_turned_away(init), "another type");
  uint8_t packet[kCookiePacketBytes];
  init = Init(1, kCookiePacketBytes - 1);
  Check(is_turned_away(init) && !WriteCookie(gate, from, init.data(), init.size(), packet),
        "never larger than what it answers");
  Done("who brings no good cookie is turned away");
}

struct Strangers {
  Peer server, client{"127.0.0.1", &server.local};
  Bytes keys = Painted(16, 1);

  // So many ask; how many of them are answered, with so many answers left.
  TurnedAway Ask(size_t count, size_t answers_left) {
    for (size_t i = 0; i < count; i++) {
      const Bytes init = Init(static_cast<uint8_t>(i), 40 + i);  // of different lengths: the kernel joins none
      client.Send(nullptr, init, init.size());
    }
    TurnedAway all{};
    for (size_t seen = 0; seen < count;) {
      Arrival arrivals[kSlots];
      const size_t came = server.socket->Receive(arrivals, kSlots);
      TurnedAway turned;
      Check(server.socket->TurnAway({keys, {}, answers_left - all.answered}, arrivals, came, &turned) == 0,
            "nobody is left");
      all.datagrams += turned.datagrams;
      all.answered += turned.answered;
      seen += came;
    }
    return all;
  }
};

void Answers() {
  Strangers strangers;
  TurnedAway all = strangers.Ask(20, 12);
  Check(all.datagrams == 20 && all.answered == 12, "as many answers as are left", all.answered);
  const std::vector<Bytes> answers = strangers.client.Take(12);
  Check(answers.size() == 12, "each arrives");
  for (size_t i = 0; i < answers.size(); i++)
    Check(answers[i].size() == kCookiePacketBytes && answers[i][0] == 5 && answers[i][4] == i, "a COOKIE");
  Socket& socket = *strangers.server.socket;
  const uint64_t errors = socket.Counters().send_errors;
  socket.Inject(Call::kSendMmsg, {1, EAGAIN, 0});
  all = strangers.Ask(10, 100);
  Check(all.answered == 0 && !socket.IsCongested(), "no room: none waits", all.answered);
  socket.Inject(Call::kSendMmsg, {1, 0, 3});
  all = strangers.Ask(10, 100);
  Check(all.answered == 10, "taken in two goes", all.answered);
  // twice is once: the first may be an echo of ICMP
  socket.Inject(Call::kSendMmsg, {2, ENETUNREACH, 0});
  all = strangers.Ask(10, 100);
  Check(all.answered == 9 && socket.Counters().send_errors == errors + 1, "one cannot be answered", all.answered);
  Check(strangers.client.Take(19).size() == 19, "the others are");
  Done("answers by the many, of which none waits");
}

void Congestion() {
  Strangers strangers;
  Socket& socket = *strangers.server.socket;
  socket.Inject(Call::kSendMsg, {1, EAGAIN, 0});
  const Bytes lone = Painted(500, 1);
  socket.Gather(&strangers.client.local, lone.data(), lone.size());
  socket.SendGathered();
  Check(socket.IsCongested(), "one waits");
  Check(strangers.Ask(5, 100).answered == 0, "those that are let in come first");
  Check(socket.FlushPending(), "room again");
  Check(strangers.client.Take(1) == std::vector<Bytes>{lone}, "it was not overtaken");
  Done("a full socket answers nobody");
}

}  // namespace

int main() {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  Vectors();
  Judgement();
  Answers();
  Congestion();
  return failures == 0 ? 0 : 1;
}
