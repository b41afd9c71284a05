// socket.h: one UDP socket: trains out by GSO, runs in by GRO, many per system call.
//
// Knows sockets, addresses and datagram sizes; does not know what datagrams hold, nor Node. Never blocks and
// never throws. All memory is made once, at Open. Not for two threads at a time.

#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>

#include "udp/inject.h"
#include "udp/ladder.h"

namespace pfs::udp {

// What one GSO call may carry: the kernel's 64 segments and the largest UDP payload.
inline constexpr size_t kTrainSegmentsMax = 64;
inline constexpr size_t kTrainBytesMax = 65507;
// One receive slot: what GRO hands over at most.
inline constexpr size_t kSlotBytes = 65536;
inline constexpr size_t kSlots = 16;
// Trains and lone datagrams that may wait for the kernel. The owner stops at IsCongested(); this is for what
// it had begun.
inline constexpr size_t kWaitingMax = 16;

struct SocketOptions {
  sockaddr_storage bind;         // family decides; port 0 lets the kernel choose
  const sockaddr_storage* peer;  // not null: the socket is connected to it
  int buffer_bytes;              // asked for receive and send, by FORCE where allowed
  bool gso = true;               // switches of their own: either alone may hurt on some path
  bool gro = true;
  bool ecn = true;        // learn the ECN bits of what comes
  bool only_six = false;  // of an IPv6 socket: IPv4 has its own, or none
};

// Datagrams that came together: `length` bytes at `bytes`, each datagram of segment_bytes but the last, which
// may be shorter.
struct Arrival {
  const sockaddr_storage* from;
  uint8_t* bytes;
  uint32_t length;
  uint32_t segment_bytes;
  uint8_t ecn;  // the two bits of the IP header
};

struct SocketCounters {
  uint64_t datagrams_sent, datagrams_received, send_calls, receive_calls, gso_refused, mmsg_refused;
  uint64_t send_again;   // EAGAIN and ENOBUFS: the train waits
  uint64_t send_errors;  // refused for good: the datagrams are gone, as the network might have lost them
  uint64_t oversize;     // EMSGSIZE
  uint64_t receive_errors, truncated, kernel_drops, ce_marks;
  uint64_t useless;  // arrived empty, or from port 0, which cannot be answered
  int last_error;    // errno of the latest send error or refusal
};

// What the network said about the peer, on a connected socket. Anyone can forge it.
enum Hint : uint32_t { kHintRefused = 1, kHintUnreachable = 2 };

// Datagrams that went no further, and how many of them were answered.
struct TurnedAway {
  uint32_t datagrams, answered;
};

struct Gate;

class Socket {
 public:
  // Null with *error set when the address cannot be had. The slots of receiving lie in `receive_memory`,
  // kSlots * kSlotBytes that the caller keeps alive.
  static std::unique_ptr<Socket> Open(const SocketOptions& options, uint8_t* receive_memory,
                                      int* error) noexcept;
  ~Socket();

  int Fd() const noexcept;
  bool LocalAddress(sockaddr_storage* local) const noexcept;
  bool IsConnected() const noexcept;
  int ReceiveBufferBytes() const noexcept;
  int SendBufferBytes() const noexcept;

  // The two ECN bits of what is handed over from now on, however long it waits; 0 at first. ECT(0) only for a
  // sender that heeds CE.
  void SetEcn(uint8_t ecn) noexcept;
  // Memory for the next train, kTrainBytesMax of it; null when kWaitingMax trains wait for the kernel. A
  // caller that asks IsCongested() first never sees null.
  uint8_t* TrainBuffer() noexcept;
  // Sends what was put there as datagrams of segment_bytes; to == null on a connected socket. Down the ladder
  // GSO, sendmmsg, sendmsg, as far as this destination is known to need; the bytes of a train that was
  // refused go again, the same bytes. What the kernel does not take now waits, and IsCongested() says so;
  // nothing is lost by that.
  void SendTrain(const sockaddr_storage* to, size_t bytes, uint16_t segment_bytes) noexcept;
  // One datagram, copied. It goes with the next ones if they are of its size and for the same destination: at
  // the latest at TrainBuffer() or SendGathered(), so that the order is kept.
  void Gather(const sockaddr_storage* to, const uint8_t* bytes, size_t length) noexcept;
  void SendGathered() noexcept;

  bool IsCongested() const noexcept;
  // Sends what waits, as far as it goes. True when nothing waits any more.
  bool FlushPending() noexcept;
  // What waits does so for memory (ENOBUFS), not for room in the socket: POLLOUT will not tell, only trying
  // will.
  bool WaitsForMemory() const noexcept;
  // Called when IsCongested() turns true: whoever polls the descriptor shall poll for writing too.
  void OnCongested(void (*call)(void* context), void* context) noexcept;

  // Takes what has come, at most `count` arrivals (up to kSlots). Valid until the next call. 0 when there is
  // nothing, or nothing of use.
  size_t Receive(Arrival* arrivals, size_t count) noexcept;
  // The latest Receive() saw the end of the queue: the next arrival makes the descriptor readable.
  bool IsDrained() const noexcept;

  // Takes those away that the gate does not let through, and answers as many as it allows. How many are left, in
  // their order.
  size_t TurnAway(const Gate& gate, Arrival* arrivals, size_t count, TurnedAway* turned) noexcept;

  // Takes a pending ICMP error off the descriptor, which otherwise stays in error for poll().
  void ClearError() noexcept;
  // Hints since the last call, as bits.
  uint32_t TakeHints() noexcept;
  // How the latest train went.
  Rung LatestRung() const noexcept;
  const SocketCounters& Counters() const noexcept;

  // For tests.
  void Inject(Call call, Fault fault) noexcept;

 private:
  Socket() = default;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace pfs::udp
