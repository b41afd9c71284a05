// socket_receive.cc: many arrivals per call, each of them as many datagrams as the kernel has joined.

#include <cerrno>

#include "udp/socket_state.h"

namespace pfs::udp {

// ICMP errors waiting on the socket, each taken by one call that then has to be repeated: never more than
// this in one go.
static constexpr int kReceiveAttemptsMax = 8;
// Congestion experienced, RFC 3168 §5.
static constexpr uint8_t kEcnCe = 3;

void Socket::State::PrepareSlots(uint8_t* receive_memory) noexcept {
  for (size_t slot = 0; slot < kSlots; slot++) {
    receive_vectors[slot] = {receive_memory + slot * kSlotBytes, kSlotBytes};
    ResetSlot(slot);
  }
}

// The kernel has written over what it was given.
void Socket::State::ResetSlot(size_t slot) noexcept {
  msghdr& message = receive_messages[slot].msg_hdr;
  message = {};
  message.msg_name = &senders[slot];
  message.msg_namelen = sizeof senders[slot];
  message.msg_iov = &receive_vectors[slot];
  message.msg_iovlen = 1;
  message.msg_control = controls[slot];
  message.msg_controllen = kReceiveControlBytes;
}

size_t Socket::Receive(Arrival* arrivals, size_t count) noexcept {
  State& state = *state_;
  if (count == 0) return 0;
  if (count > kSlots) count = kSlots;
  const int received = state.CallRecvmmsg(count);
  state.is_drained = received < static_cast<int>(count);
  size_t taken = 0;
  for (int slot = 0; slot < received; slot++) {
    const ControlFacts facts = ReadControl(state.receive_messages[slot].msg_hdr);
    if (facts.has_drops) {
      // the counter wraps; what it gained does not
      state.counters.kernel_drops += facts.drops - state.drops_seen;
      state.drops_seen = facts.drops;
    }
    if (state.Accept(state.receive_messages[slot], facts, &arrivals[taken])) taken++;
    state.ResetSlot(static_cast<size_t>(slot));
  }
  return taken;
}

bool Socket::IsDrained() const noexcept { return state_->is_drained; }

// Datagrams received, or -1.
int Socket::State::CallRecvmmsg(size_t count) noexcept {
  for (int attempt = 0; attempt < kReceiveAttemptsMax; attempt++) {
    counters.receive_calls++;
    const Fault* fault = faults.Next(Call::kReceive);
    if (fault) errno = fault->error;
    const int received =
        fault ? -1 : recvmmsg(fd, receive_messages, static_cast<unsigned>(count), 0, nullptr);
    if (received >= 0) return received;
    const int error = errno;
    if (error == EAGAIN || error == EWOULDBLOCK) return -1;
    if (error == EINTR) continue;
    counters.receive_errors++;
    Note(error);
  }
  return -1;
}

bool Socket::State::Accept(const mmsghdr& message, const ControlFacts& facts, Arrival* arrival) noexcept {
  const size_t slot = static_cast<size_t>(&message - receive_messages);
  const uint32_t length = message.msg_len;
  const bool is_joined = facts.segment_bytes > 0 && facts.segment_bytes < length;
  const uint32_t segment_bytes = is_joined ? facts.segment_bytes : length;
  if (message.msg_hdr.msg_flags & MSG_TRUNC) {
    counters.truncated++;
    return false;
  }
  if (length == 0 || PortOf(senders[slot]) == 0) {
    counters.useless++;
    return false;
  }
  const uint32_t datagrams = (length + segment_bytes - 1) / segment_bytes;
  counters.datagrams_received += datagrams;
  if (facts.ecn == kEcnCe) counters.ce_marks += datagrams;
  SetSource(&senders[slot], facts.source);
  *arrival = {&senders[slot], static_cast<uint8_t*>(receive_vectors[slot].iov_base), length, segment_bytes,
              facts.ecn};
  return true;
}

}  // namespace pfs::udp
