// udp_support.h: what the programs of udp/ share: sockets on loopback, trains of known bytes, arrivals taken
// apart.

#pragma once

#include <poll.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "udp/address.h"
#include "udp/socket.h"

namespace pfs::udp::test {

inline int failures = 0;

inline void Check(bool holds, const char* what, long number = 0) {
  if (holds) return;
  failures++;
  std::printf("FAILED %s (%ld)\n", what, number);
}

inline void Done(const char* group) {
  static int before = 0;
  std::printf("%-60s %s\n", group, failures == before ? "ok" : "FAILED");
  before = failures;
}

using Bytes = std::vector<uint8_t>;

// xorshift64: seeded, so that a failure is replayed.
struct Random {
  uint64_t state;
  uint64_t Next() {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  }
  size_t Below(size_t limit) { return static_cast<size_t>(Next() % limit); }
};

inline sockaddr_storage At(const char* host, uint16_t port = 0, int family = AF_UNSPEC) {
  sockaddr_storage address;
  Check(ParseAddress(host, port, family, &address), host);
  return address;
}

// A socket with its memory.
struct Peer {
  Bytes memory = Bytes(kSlots * kSlotBytes);
  std::unique_ptr<Socket> socket;
  sockaddr_storage local{};
  int error = 0;

  explicit Peer(const char* host = "127.0.0.1", const sockaddr_storage* to = nullptr,
                int buffer_bytes = 8 << 20) {
    SocketOptions options{};
    options.bind = At(host);
    options.peer = to;
    options.buffer_bytes = buffer_bytes;
    Open(options);
  }
  explicit Peer(const SocketOptions& options) { Open(options); }

  void Open(const SocketOptions& options) {
    socket = Socket::Open(options, memory.data(), &error);
    if (socket) socket->LocalAddress(&local);
  }

  void Send(const sockaddr_storage* to, const Bytes& train, size_t segment_bytes) {
    uint8_t* buffer = socket->TrainBuffer();
    Check(buffer != nullptr, "a train buffer");
    if (buffer == nullptr) return;
    std::memcpy(buffer, train.data(), train.size());
    socket->SendTrain(to, train.size(), static_cast<uint16_t>(segment_bytes));
  }

  // Datagrams until `count` have come, or none for so long.
  std::vector<Bytes> Take(size_t count, int patience_millis = 200, size_t slots = kSlots) {
    std::vector<Bytes> datagrams;
    Arrival arrivals[kSlots];
    while (datagrams.size() < count) {
      const size_t came = socket->Receive(arrivals, slots);
      for (size_t i = 0; i < came; i++)
        for (size_t at = 0; at < arrivals[i].length; at += arrivals[i].segment_bytes) {
          const size_t left = arrivals[i].length - at;
          const uint8_t* from = arrivals[i].bytes + at;
          datagrams.emplace_back(
              from, from + (left < arrivals[i].segment_bytes ? left : arrivals[i].segment_bytes));
        }
      pollfd waiting{socket->Fd(), POLLIN, 0};
      if (came == 0 && socket->IsDrained() && poll(&waiting, 1, patience_millis) == 0) break;
    }
    return datagrams;
  }
};

inline Bytes Painted(size_t bytes, uint64_t seed) {
  Random random{seed * 2654435761u + 1};
  Bytes train(bytes);
  for (uint8_t& byte : train) byte = static_cast<uint8_t>(random.Next() >> 32);
  return train;
}

inline std::vector<Bytes> Cut(const Bytes& train, size_t segment_bytes) {
  std::vector<Bytes> datagrams;
  for (size_t at = 0; at < train.size(); at += segment_bytes) {
    const size_t end = std::min(train.size(), at + segment_bytes);
    datagrams.emplace_back(train.begin() + static_cast<long>(at), train.begin() + static_cast<long>(end));
  }
  return datagrams;
}

// Does the train arrive as it was cut?
inline bool Arrives(Peer& from, Peer& to, const Bytes& train, size_t segment_bytes) {
  from.Send(from.socket->IsConnected() ? nullptr : &to.local, train, segment_bytes);
  return to.Take(Cut(train, segment_bytes).size(), 3000) == Cut(train, segment_bytes);
}

}  // namespace pfs::udp::test
