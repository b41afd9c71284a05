// socket_gate.cc: strangers that a socket turns away by itself, and the cookies they are sent for: one system call for many.

#include <algorithm>
#include <cerrno>

#include "udp/gate.h"
#include "udp/socket_state.h"

namespace pfs::udp {

namespace {

struct Cookies {
  uint8_t packets[kTrainSegmentsMax][kCookiePacketBytes];
  alignas(cmsghdr) uint8_t controls[kTrainSegmentsMax][kSendControlBytes];
  size_t count = 0;
};

// What was joined is taken away whole or not at all: whoever takes the rest looks at each by itself.
bool AreTurnedAway(const Gate& gate, const Arrival& arrival) noexcept {
  for (size_t at = 0; at < arrival.length; at += arrival.segment_bytes)
    if (!IsTurnedAway(gate, *arrival.from, arrival.bytes + at,
                      std::min<size_t>(arrival.segment_bytes, arrival.length - at)))
      return false;
  return true;
}

}  // namespace

size_t Socket::TurnAway(const Gate& gate, Arrival* arrivals, size_t count, TurnedAway* turned) noexcept {
  State& state = *state_;
  Cookies cookies;
  size_t left = 0;
  *turned = {};
  // where the kernel takes no more, those that are let in come first
  size_t answers_left = state.waiting > 0 ? 0 : gate.answers_left;
  for (size_t i = 0; i < count; i++) {
    const Arrival arrival = arrivals[i];
    if (!AreTurnedAway(gate, arrival)) {
      arrivals[left++] = arrival;
      continue;
    }
    for (size_t at = 0; at < arrival.length; at += arrival.segment_bytes) {
      turned->datagrams++;
      if (answers_left == 0) continue;
      const size_t bytes = std::min<size_t>(arrival.segment_bytes, arrival.length - at);
      uint8_t* packet = cookies.packets[cookies.count];
      if (!WriteCookie(gate, *arrival.from, arrival.bytes + at, bytes, packet)) continue;
      answers_left--;
      state.PrepareAnswer(cookies.count, *arrival.from, packet, cookies.controls[cookies.count]);
      if (++cookies.count < kTrainSegmentsMax) continue;
      turned->answered += static_cast<uint32_t>(state.SendAnswers(cookies.count));
      cookies.count = 0;
    }
  }
  turned->answered += static_cast<uint32_t>(state.SendAnswers(cookies.count));
  return left;
}

void Socket::State::PrepareAnswer(size_t place, const sockaddr_storage& to, uint8_t* packet,
                                  uint8_t* control) noexcept {
  send_vectors[place] = {packet, kCookiePacketBytes};
  msghdr& message = send_messages[place].msg_hdr;
  message = {};
  std::fill_n(control, kSendControlBytes, uint8_t{0});
  WriteControl(&message, control, 0, SourceOf(to));
  message.msg_name = const_cast<sockaddr_storage*>(&to);
  message.msg_namelen = AddressLength(to);
  message.msg_iov = &send_vectors[place];
  message.msg_iovlen = 1;
}

// How many left. None waits: who asked for it asks again.
size_t Socket::State::SendAnswers(size_t count) noexcept {
  if (count == 0) return 0;
  MarkAs(0);  // §10.1-1
  size_t sent = 0;
  for (size_t at = 0; at < count;) {
    const Taken taken = CallSendmmsg(at, count - at);
    sent += taken.datagrams;
    at += taken.datagrams;
    if (taken.datagrams > 0) continue;
    if (taken.error == EAGAIN || taken.error == EWOULDBLOCK || taken.error == ENOBUFS) break;
    // an address that nothing can be sent to, which anybody can name
    counters.send_errors++;
    at++;
  }
  counters.datagrams_sent += sent;
  return sent;
}

}  // namespace pfs::udp
