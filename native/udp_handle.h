// udp_handle.h: a udp::Socket as JavaScript holds it: on the thread's event loop, with its callback and its
// memory.
//
// For the faces that work on a socket: bind_udp.cc, and the plane, which seals straight into its train
// buffer.

#pragma once

#include <node_api.h>

#include <cstdint>
#include <memory>

#include "napi_args.h"
#include "udp/senders.h"
#include "udp/socket.h"

namespace pfs {

// What the callback is told, as bits.
enum UdpEvent : uint32_t { kUdpReadable = 1, kUdpDrained = 2, kUdpAlarm = 4, kUdpHint = 8 };

// Words that JavaScript reads without a call.
enum UdpStatus : uint32_t {
  kStatusCongested = 0,
  kStatusHints = 1,
  kStatusDrained = 2,
  // of the latest receive
  kStatusTurnedAway = 3,
  kStatusAnswered = 4,
  kUdpStatusWords = 5
};

class UdpLoop;

struct SocketHandle {
  static constexpr napi_type_tag kTag{0x9a1c5d2e7f364b80, 0x8b7e61d40c93f2a5};

  ~SocketHandle();

  // All null once it is closed: what is left waits for the collector, which does not know what it holds.
  std::unique_ptr<udp::Socket> socket;
  UdpLoop* loop = nullptr;
  std::unique_ptr<udp::Senders> senders;
  // JavaScript's: where receive writes.
  uint8_t* memory = nullptr;
  uint32_t* words = nullptr;
  // Whose slots the latest receive filled, for the texts of new senders.
  udp::Arrival arrivals[udp::kSlots];
  size_t arrived = 0;
  udp::TurnedAway turned{};
};

// Null, where null or undefined was given; else the bytes that udpSockaddr() made.
const sockaddr_storage* SockaddrArgument(Args& args, size_t at) noexcept;

}  // namespace pfs
