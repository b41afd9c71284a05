// socket_state.h: what a Socket holds, for the files that implement it.

#pragma once

#include <sys/uio.h>

#include "udp/address.h"
#include "udp/cmsg.h"
#include "udp/socket.h"

namespace pfs::udp {

// Some of a train that one system call has taken, or why it took none.
struct Taken {
  size_t datagrams;
  int error;
};

struct Train {
  size_t length = 0;
  size_t sent = 0;  // from the front
  uint16_t segment_bytes = 0;
  uint8_t ecn = 0;
  // Where it began and where it is: apart, the rungs between were refused, but nothing has proven yet that it
  // was their fault and not the datagrams'.
  Rung begun = Rung::kGso;
  Rung rung = Rung::kGso;
  socklen_t to_length = 0;  // 0: the connected peer
  sockaddr_storage to;
};

struct Socket::State {
  State(const SocketOptions& options, bool has_gso) noexcept;
  ~State();

  uint8_t* MemoryOf(size_t place) noexcept { return train_memory + place * kTrainStride; }
  size_t NextPlace() const noexcept { return (first_waiting + waiting) % kWaitingMax; }

  // socket_train.cc
  void Begin(size_t place, const sockaddr_storage* to, size_t bytes, uint16_t segment_bytes) noexcept;
  bool SendAllOf(Train& train, const uint8_t* bytes) noexcept;
  Taken SendGso(const Train& train, const uint8_t* bytes) noexcept;
  Taken SendMmsg(const Train& train, const uint8_t* bytes) noexcept;
  Taken SendMsg(const Train& train, const uint8_t* bytes) noexcept;
  Taken CallSendmsg(Call call, const msghdr& message, size_t datagrams) noexcept;
  Taken CallSendmmsg(size_t first, size_t count) noexcept;
  bool GoesOn(Train& train, Rung rung, int error) noexcept;
  void OnTaken(Train& train, Rung rung, size_t datagrams) noexcept;
  void Note(int error) noexcept;
  // socket_gate.cc
  void PrepareAnswer(size_t place, const sockaddr_storage& to, uint8_t* packet, uint8_t* control) noexcept;
  size_t SendAnswers(size_t count) noexcept;
  // socket.cc
  void MarkAs(uint8_t ecn) noexcept;

  // socket_receive.cc
  void PrepareSlots(uint8_t* receive_memory) noexcept;
  void ResetSlot(size_t slot) noexcept;
  int CallRecvmmsg(size_t count) noexcept;
  bool Accept(const mmsghdr& message, const ControlFacts& facts, Arrival* arrival) noexcept;

  // Each train begins on a page of its own.
  static constexpr size_t kTrainStride = 65536;

  int fd = -1;
  bool is_connected = false;
  bool is_six = false;
  // The ECN bits of what is handed over now, and those that the descriptor has.
  uint8_t ecn = 0;
  uint8_t marked_as = 0;
  Ladder ladder;
  Faults faults;
  SocketCounters counters{};
  uint32_t hints = 0;
  Rung latest_rung;

  // A ring: `waiting` trains from first_waiting on; the place after them is where the next one is written.
  // While nothing waits that is always the same place, so that one train's memory stays in the cache and the
  // rest untouched.
  uint8_t* train_memory = nullptr;
  Train trains[kWaitingMax];
  size_t first_waiting = 0;
  size_t waiting = 0;
  int waiting_error = 0;
  void (*on_congested)(void*) = nullptr;
  void* on_congested_context = nullptr;
  // What Gather() has put into the next place.
  size_t gathered_bytes = 0;
  Train gathered;

  mmsghdr send_messages[kTrainSegmentsMax];
  iovec send_vectors[kTrainSegmentsMax];

  mmsghdr receive_messages[kSlots];
  iovec receive_vectors[kSlots];
  sockaddr_storage senders[kSlots];
  alignas(cmsghdr) uint8_t controls[kSlots][kReceiveControlBytes];
  bool is_drained = true;
  uint32_t drops_seen = 0;
};

}  // namespace pfs::udp
