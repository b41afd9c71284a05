// udp_test.cc: trains and arrivals over real loopback, every rung of the ladder and every fault by injection,
// and that nothing is allocated once a socket is open.
//
// g++ -std=c++20 -O3 -Inative native/test/udp_test.cc native/udp/{address,cmsg,ladder,socket*,timer}.cc

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <new>

#include "udp/cmsg.h"
#include "udp/senders.h"
#include "udp/timer.h"
#include "udp_support.h"

using namespace pfs::udp;
using namespace pfs::udp::test;

// Counted; not inlined, so that valgrind sees both or neither.
static size_t allocations = 0;
[[gnu::noinline]] void* operator new(size_t bytes) {
  allocations++;
  return std::malloc(bytes);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace {

void Trains() {
  for (const bool gso : {true, false})
    for (const bool gro : {true, false}) {
      Peer receiver(SocketOptions{At("127.0.0.1"), nullptr, 8 << 20, true, gro});
      Peer sender(SocketOptions{At("127.0.0.1"), nullptr, 8 << 20, gso, true});
      Check(sender.socket->LatestRung() == (gso ? Rung::kGso : Rung::kMmsg), "the rung to begin with");
      for (const size_t segment : {1u, 7u, 100u, 1200u, 1452u, 8972u, 9216u, 65507u})
        for (const size_t segments : {1u, 2u, 44u, 64u, 65u, 129u})
          for (const size_t missing : {0u, 1u}) {
            const size_t bytes = std::min(segment * segments, kTrainBytesMax);
            if (bytes <= missing) continue;
            const Bytes train = Painted(bytes - missing, segment + segments);
            Check(Arrives(sender, receiver, train, segment), "a train",
                  static_cast<long>(segment * 1000 + segments));
          }
      Check(receiver.socket->Counters().datagrams_received == sender.socket->Counters().datagrams_sent,
            "counters");
      Check(sender.socket->Counters().gso_refused == 0, "nothing was refused");
    }
  Done("trains arrive as they were cut, by GSO and without");
}

void Families() {
  for (const char* host : {"127.0.0.1", "::1"}) {
    Peer server(host);
    if (!server.socket) continue;  // a machine without IPv6
    Peer client(host, &server.local);
    Check(Arrives(client, server, Painted(20'000, 1), 1452), host);
    Arrival arrival;
    client.Send(nullptr, Painted(10, 2), 10);
    while (server.socket->Receive(&arrival, 1) == 0) continue;
    Check(KeyOf(*arrival.from) == KeyOf(client.local), "the sender is named", PortOf(*arrival.from));
  }
  Peer dual("::");
  if (dual.socket) {
    Peer four("127.0.0.1");
    const auto port = PortOf(dual.local);
    const sockaddr_storage to_dual = At("127.0.0.1", port);
    four.Send(&to_dual, Painted(5000, 3), 1000);
    Arrival arrival;
    while (dual.socket->Receive(&arrival, 1) == 0) continue;
    char text[kAddressTextBytes];
    WriteAddress(*arrival.from, text);
    Check(std::strcmp(text, "::ffff:127.0.0.1") == 0, text);
    const sockaddr_storage back = At("127.0.0.1", PortOf(four.local), AF_INET6);
    sockaddr_storage peer = *arrival.from;
    SetSource(&peer, {});  // it also says that it came to us at ::ffff:127.0.0.1
    Check(KeyOf(back) == KeyOf(peer), "an IPv4 literal as a dual socket needs it");
    dual.Send(&back, Painted(5000, 4), 1000);
    Check(four.Take(5) == Cut(Painted(5000, 4), 1000), "from a dual socket to IPv4, by GSO");
    Check(dual.socket->LatestRung() == Rung::kGso, "by GSO");
  }
  sockaddr_storage address;
  for (const char* wrong :
       {"", "localhost", "1.2.3", "1.2.3.4.5", "::g", "fe80::1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17"})
    Check(!ParseAddress(wrong, 1, AF_UNSPEC, &address), wrong);
  Check(!ParseAddress("::1", 1, AF_INET, &address), "IPv6 on an IPv4 socket");
  char text[kAddressTextBytes];
  WriteAddress(At("fe80::1%lo", 1), text);
  Check(std::strcmp(text, "fe80::1%lo") == 0, text);
  Peer taken;
  SocketOptions again{taken.local, nullptr, 1 << 20};
  Check(Peer(again).error == EADDRINUSE, "a port in use");
  Done("IPv4, IPv6, both on one socket; literals");
}

constexpr int kRefusals[] = {EIO, EINVAL, EMSGSIZE, ENOPROTOOPT, EOPNOTSUPP};

void LadderRungs() {
  const Bytes train = Painted(40 * 1452 - 5, 9);
  for (const int error : kRefusals) {
    Peer one, other, sender;
    sockaddr_storage elsewhere = At("127.0.0.2");
    Peer third(SocketOptions{elsewhere, nullptr, 8 << 20});
    sender.socket->Inject(Call::kSendGso, {1, error, 0});
    Check(Arrives(sender, one, train, 1452), "an error that comes once is another's", error);
    Check(sender.socket->LatestRung() == Rung::kGso, "no step for it", error);
    sender.socket->Inject(Call::kSendGso, {2, error, 0});
    Check(Arrives(sender, one, train, 1452), "the bytes of a refused train", error);
    Check(sender.socket->LatestRung() == Rung::kMmsg && sender.socket->Counters().gso_refused == 1,
          "sendmmsg", error);
    Check(Arrives(sender, other, train, 1452), "the same host, another port", error);
    Check(sender.socket->LatestRung() == Rung::kMmsg, "is the same route", error);
    Check(Arrives(sender, third, train, 1452), "another host", error);
    Check(sender.socket->LatestRung() == Rung::kGso, "is not slowed", error);
    if (error == EMSGSIZE) continue;
    sender.socket->Inject(Call::kSendMmsg, {2, error, 0});
    Check(Arrives(sender, one, train, 1452), "sendmmsg refused", error);
    Check(sender.socket->LatestRung() == Rung::kMsg && sender.socket->Counters().mmsg_refused == 1, "sendmsg",
          error);
    Check(sender.socket->Counters().last_error == error, "the last error", error);
  }
  // too large for the path: GSO says so first, and is not to blame
  Peer receiver, sender;
  sender.socket->Inject(Call::kSendGso, {2, EINVAL, 0});
  sender.socket->Inject(Call::kSendMmsg, {2, EMSGSIZE, 0});
  sender.Send(&receiver.local, train, 1452);
  Check(sender.socket->Counters().oversize == 39, "whole datagrams are too large", 39);
  Check(receiver.Take(1) == std::vector<Bytes>{Cut(train, 1452).back()}, "the short last one is not");
  Check(Arrives(sender, receiver, train, 1452) && sender.socket->LatestRung() == Rung::kGso,
        "GSO keeps its name");
  sender.socket->Inject(Call::kSendGso, {2, EIO, 0});
  sender.socket->Inject(Call::kSendMmsg, {8, 0, 3});
  Check(Arrives(sender, receiver, train, 1452), "sendmmsg that takes three at a time");
  for (const int error : {ENETUNREACH, EHOSTUNREACH, ENETDOWN, EPERM}) {
    const uint64_t before = sender.socket->Counters().send_errors;
    sender.socket->Inject(Call::kSendMmsg, {2, error, 0});
    sender.Send(&receiver.local, train, 1452);
    Check(sender.socket->Counters().send_errors - before == 40, "no way: the train is gone", error);
    Check((sender.socket->TakeHints() == kHintUnreachable) == (error != EPERM), "and the hint is there",
          error);
    Check(Arrives(sender, receiver, train, 1452), "and the next one goes", error);
  }
  Done("refusals: the ladder, per destination, the same bytes");
}

void LadderMemory() {
  Ladder ladder(Rung::kGso);
  const auto key = [](uint32_t i) { return AddressKey{i, 0, 0, AF_INET, 0}; };
  for (uint32_t i = 0; i < kLadderEntries; i++) ladder.StepDown(key(i), Rung::kMmsg, 1000 + i);
  Check(ladder.RungFor(key(0), 2000) == Rung::kMmsg, "remembered");
  ladder.StepDown(key(99), Rung::kMsg, 2000);
  Check(ladder.RungFor(key(0), 2000) == Rung::kGso, "the oldest is forgotten");
  Check(ladder.RungFor(key(1), 2000) == Rung::kMmsg && ladder.RungFor(key(99), 2000) == Rung::kMsg,
        "no other is");
  Check(ladder.RungFor(key(99), 2000 + kLadderRetryMillis - 1) == Rung::kMsg, "not yet");
  Check(ladder.RungFor(key(99), 2000 + kLadderRetryMillis) == Rung::kGso, "tried again after a while");
  for (uint32_t i = 0; i < kLadderEntries; i++) ladder.RungFor(key(i), 10 * kLadderRetryMillis);
  Check(ladder.IsClear(), "nothing stays for ever");
  Senders senders;
  bool is_new;
  const uint32_t number = senders.NumberOf(At("10.0.0.1", 5), &is_new);
  Check(is_new, "a new sender");
  Check(senders.NumberOf(At("10.0.0.1", 5), &is_new) == number && !is_new, "is known then");
  senders.NumberOf(At("10.0.0.1", 6), &is_new);
  Check(is_new, "by its port too");
  Done("the ladder's memory is small and forgets; senders are told apart");
}

void Congestion() {
  for (const Call call : {Call::kSendGso, Call::kSendMmsg, Call::kSendMsg})
    for (const int error : {EAGAIN, ENOBUFS}) {
      Peer receiver, sender;
      if (call != Call::kSendGso) sender.socket->Inject(Call::kSendGso, {2, EIO, 0});
      if (call == Call::kSendMsg) sender.socket->Inject(Call::kSendMmsg, {2, EIO, 0});
      int told = 0;
      sender.socket->OnCongested([](void* count) { ++*static_cast<int*>(count); }, &told);
      sender.socket->Inject(call, {2, error, 0});
      std::vector<Bytes> wanted;
      for (size_t i = 0; i < kWaitingMax; i++) {
        const Bytes train = Painted(3000 + i * 997, i);
        sender.Send(&receiver.local, train, 1200);
        for (const Bytes& datagram : Cut(train, 1200)) wanted.push_back(datagram);
        Check(sender.socket->IsCongested(), "waits", error);
      }
      Check(sender.socket->TrainBuffer() == nullptr, "room for so many, not more");
      const uint8_t lost[10] = {};
      sender.socket->Gather(&receiver.local, lost, sizeof lost);
      Check(sender.socket->Counters().send_errors == 1, "what has no room is dropped and counted");
      Check(told == 1, "told once", told);
      Check(sender.socket->WaitsForMemory() == (error == ENOBUFS), "for what it waits", error);
      Check(receiver.Take(1).empty(), "nothing went");
      Check(!sender.socket->FlushPending(), "still nothing", error);
      Check(sender.socket->FlushPending() && !sender.socket->IsCongested(), "all of it", error);
      Check(sender.socket->Counters().send_again == 2, "counted", error);
      Check(receiver.Take(wanted.size()) == wanted, "the bytes and their order", error);
      Check(Arrives(sender, receiver, Painted(9000, 5), 900), "and on it goes");
    }
  Done("EAGAIN and ENOBUFS: trains wait, in order, the same bytes");
}

void Gathering() {
  Peer receiver, other, sender;
  std::vector<Bytes> wanted, aside;
  Random random{77};
  const auto gather = [&](Peer& to, std::vector<Bytes>& list, size_t bytes) {
    list.push_back(Painted(bytes, random.Next()));
    sender.socket->Gather(&to.local, list.back().data(), bytes);
  };
  for (int i = 0; i < 70; i++) gather(receiver, wanted, 1000);
  gather(receiver, wanted, 400);
  gather(receiver, wanted, 400);  // behind a shorter one: a new train
  gather(receiver, wanted, 800);
  gather(other, aside, 800);
  gather(receiver, wanted, 9000);
  const Bytes train = Painted(5000, 8);
  sender.Send(&receiver.local, train, 1100);  // in order with what was gathered
  for (const Bytes& datagram : Cut(train, 1100)) wanted.push_back(datagram);
  gather(receiver, wanted, 50);
  sender.socket->SendGathered();
  Check(receiver.Take(wanted.size()) == wanted && other.Take(1) == aside, "gathered datagrams");
  Check(sender.socket->Counters().send_calls < 12, "many a call",
        static_cast<long>(sender.socket->Counters().send_calls));
  const Bytes huge(65508);
  sender.socket->Gather(&receiver.local, huge.data(), huge.size());
  Check(sender.socket->Counters().oversize == 1, "too long for UDP");
  // gathered behind trains that wait
  sender.socket->Inject(Call::kSendGso, {1, EAGAIN, 0});
  sender.Send(&receiver.local, train, 1100);
  gather(receiver, aside, 60);
  Check(sender.socket->FlushPending(), "flushed");
  std::vector<Bytes> both = Cut(train, 1100);
  both.push_back(aside.back());
  Check(receiver.Take(both.size()) == both, "behind a train that waits");
  Done("lone datagrams gather into trains and keep their place");
}

int PlainSocket() { return socket(AF_INET, SOCK_DGRAM, 0); }
const sockaddr* Plain(const sockaddr_storage& address) { return reinterpret_cast<const sockaddr*>(&address); }

void Oddities() {
  Peer receiver;
  const int plain = PlainSocket();
  const int marked = 3;
  setsockopt(plain, IPPROTO_IP, IP_TOS, &marked, sizeof marked);
  sendto(plain, "", 0, 0, Plain(receiver.local), sizeof(sockaddr_in));
  sendto(plain, "ce", 2, 0, Plain(receiver.local), sizeof(sockaddr_in));
  Arrival arrival{};
  size_t came = 0;
  while ((came = receiver.socket->Receive(&arrival, 1)) == 0) continue;
  Check(arrival.ecn == 3 && receiver.socket->Counters().ce_marks == 1, "CE is seen", arrival.ecn);
  Check(receiver.socket->Counters().useless == 1, "an empty datagram is of no use");
  close(plain);
  Peer capable;
  const auto expect = [&](uint8_t ecn, uint32_t segment_bytes, const char* what) {
    while (receiver.socket->Receive(&arrival, 1) == 0) continue;
    Check(arrival.ecn == ecn && arrival.segment_bytes == segment_bytes, what, arrival.ecn);
  };
  capable.socket->SetEcn(2);
  capable.Send(&receiver.local, Painted(5000, 1), 1000);
  expect(2, 1000, "ECT(0) goes out, trains too");
  // a train keeps its mark while it waits, and what was gathered under another mark goes first
  capable.socket->Inject(Call::kSendGso, {1, EAGAIN, 0});
  capable.Send(&receiver.local, Painted(3000, 1), 1000);
  capable.socket->SetEcn(0);
  capable.socket->Gather(&receiver.local, Painted(700, 1).data(), 700);
  capable.socket->SetEcn(2);
  capable.socket->Gather(&receiver.local, Painted(600, 1).data(), 600);
  capable.socket->SendGathered();
  Check(capable.socket->FlushPending(), "flushed");
  expect(2, 1000, "a train that waited has its own mark");
  expect(0, 700, "what was handed over unmarked is unmarked");
  expect(2, 600, "and then marked again");
  const int raw = socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
  if (raw >= 0) {
    const uint16_t header[5] = {0, reinterpret_cast<sockaddr_in&>(receiver.local).sin_port, htons(10), 0, 0};
    sendto(raw, header, sizeof header, 0, Plain(receiver.local), sizeof(sockaddr_in));
    while (receiver.socket->Counters().useless == 1 && receiver.socket->Receive(&arrival, 1) == 0) continue;
    Check(receiver.socket->Counters().useless == 2, "port 0 cannot be answered");
    close(raw);
  }
  receiver.socket->Inject(Call::kReceive, {3, ECONNREFUSED, 0});
  Check(receiver.socket->Receive(&arrival, 1) == 0 && receiver.socket->Counters().receive_errors == 3,
        "errors pass");
  Check(receiver.socket->TakeHints() == kHintRefused && receiver.socket->TakeHints() == 0, "as a hint, once");

  Peer gone;
  const sockaddr_storage nobody = gone.local;
  gone.socket.reset();
  Peer client("127.0.0.1", &nobody);
  for (int i = 0; i < 3; i++) client.Send(nullptr, Painted(3000, 1), 1000);
  pollfd waiting{client.socket->Fd(), POLLIN, 0};
  poll(&waiting, 1, 1000);
  client.socket->ClearError();
  Check(client.socket->TakeHints() == kHintRefused, "nobody listens: a hint");
  Check(client.socket->LatestRung() == Rung::kGso && client.socket->Counters().send_errors == 0,
        "and nothing more");

  Peer small("127.0.0.1", nullptr, 212'992 / 2), sender;
  uint64_t sent = 0;
  for (int i = 0; i < 100; i++, sent += 50) sender.Send(&small.local, Painted(50'000, 3), 1000);
  const size_t first = small.Take(sent).size();
  sender.Send(&small.local, Painted(10, 3), 10);
  small.Take(1);
  const uint64_t drops = small.socket->Counters().kernel_drops;
  Check(first > 50 && first < sent, "212 KB hold some", static_cast<long>(first));
  int counts = 0;  // not under qemu-user
  socklen_t length = sizeof counts;
  getsockopt(small.socket->Fd(), SOL_SOCKET, SO_RXQ_OVFL, &counts, &length);
  Check(counts != 1 || (drops > 0 && first + 50 * drops >= sent), "the kernel says what it dropped",
        static_cast<long>(drops));
  Check(small.socket->ReceiveBufferBytes() >= 200'000, "what was granted",
        small.socket->ReceiveBufferBytes());
  Done("ECN, port 0, nobody there, a buffer that overflows");
}

void AlarmClock() {
  Timer timer;
  const auto micros = [] {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  };
  pollfd waiting{timer.Fd(), POLLIN, 0};
  long best = 1 << 30;
  for (int i = 0; i < 20; i++) {
    const long began = micros();
    timer.Set(300);
    Check(poll(&waiting, 1, 1000) == 1 && timer.TakeExpiry() && !timer.TakeExpiry(), "it goes off, once");
    const long took = micros() - began;
    Check(took >= 300, "not early", took);
    best = std::min(best, took);
  }
  Check(best < 900, "finer than a millisecond", best);
  timer.Set(300);
  timer.Set(0);
  Check(poll(&waiting, 1, 5) == 0 && !timer.TakeExpiry(), "taken away");
  Done("the timer tells microseconds");
}

void NoAllocation() {
  Peer receiver, sender;
  Arrival arrivals[kSlots];
  const Bytes train = Painted(40 * 1452, 1);
  const size_t before = allocations;
  size_t received = 0;
  for (int i = 0; i < 1000; i++) {
    sender.Send(&receiver.local, train, 1452);
    sender.socket->Gather(&receiver.local, train.data(), 60);
    sender.socket->SendGathered();
    for (size_t came = 1; came > 0;) received += came = receiver.socket->Receive(arrivals, kSlots);
  }
  Check(allocations == before, "allocations", static_cast<long>(allocations - before));
  Check(received >= 1000, "received", static_cast<long>(received));
  Done("1,000 trains out and in: nothing is allocated");
}

}  // namespace

int main() {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  Trains();
  Families();
  LadderRungs();
  LadderMemory();
  Congestion();
  Gathering();
  Oddities();
  AlarmClock();
  NoAllocation();
  return failures == 0 ? 0 : 1;
}
