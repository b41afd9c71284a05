// socket_train.cc: one train down the ladder: GSO, sendmmsg, sendmsg; the same bytes at every rung.
//
// The kernel's answers, and what becomes of a train: EAGAIN and ENOBUFS: it waits. A refusal of GSO or of
// sendmmsg: the next rung, remembered for this destination once that one is seen to work. EMSGSIZE of a
// single datagram: datagrams of that size are dropped; the core's search for the MTU learns by their loss.
// Anything else (the interface is down, no route, a firewall): the train is dropped, as the network would
// have done.

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "udp/socket_state.h"

namespace pfs::udp {

static uint64_t NowMillis() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1'000'000;
}

static AddressKey KeyOf(const Train& train) noexcept {
  return train.to_length ? KeyOf(train.to) : AddressKey{};
}

static size_t SegmentsLeft(const Train& train) noexcept {
  return (train.length - train.sent + train.segment_bytes - 1) / train.segment_bytes;
}

// `control` has kSendControlBytes, all zero.
static msghdr MessageTo(const Train& train, iovec* vector, uint8_t* control,
                        uint16_t segment_bytes) noexcept {
  msghdr message{};
  if (segment_bytes > 0 || train.to_length)
    WriteControl(&message, control, segment_bytes, train.to_length ? SourceOf(train.to) : Source{});
  message.msg_name = train.to_length ? const_cast<sockaddr_storage*>(&train.to) : nullptr;
  message.msg_namelen = train.to_length;
  message.msg_iov = vector;
  message.msg_iovlen = 1;
  return message;
}

void Socket::State::Begin(size_t place, const sockaddr_storage* to, size_t bytes,
                          uint16_t segment_bytes) noexcept {
  Train& train = trains[place];
  train.length = bytes;
  train.sent = 0;
  train.segment_bytes = segment_bytes;
  train.ecn = ecn;
  train.to_length = to && !is_connected ? AddressLength(*to) : 0;
  if (train.to_length) train.to = *to;
  train.begun = ladder.IsClear() ? ladder.Top() : ladder.RungFor(KeyOf(train), NowMillis());
  train.rung = train.begun;
}

// True when it is gone; false when what is left waits.
bool Socket::State::SendAllOf(Train& train, const uint8_t* bytes) noexcept {
  MarkAs(train.ecn);
  while (train.sent < train.length) {
    // a lone datagram needs no rung and proves none
    const Rung rung = SegmentsLeft(train) == 1 ? Rung::kMsg : train.rung;
    const Taken taken = rung == Rung::kGso    ? SendGso(train, bytes)
                        : rung == Rung::kMmsg ? SendMmsg(train, bytes)
                                              : SendMsg(train, bytes);
    if (taken.datagrams > 0) {
      OnTaken(train, rung, taken.datagrams);
    } else if (!GoesOn(train, rung, taken.error)) {
      waiting_error = taken.error;
      return false;
    }
  }
  return true;
}

void Socket::State::OnTaken(Train& train, Rung rung, size_t datagrams) noexcept {
  train.sent = std::min(train.length, train.sent + datagrams * train.segment_bytes);
  counters.datagrams_sent += datagrams;
  if (rung != train.rung) return;
  latest_rung = rung;
  if (train.begun == rung) return;
  // the very same bytes went by this rung: those above are to blame
  if (train.begun == Rung::kGso) counters.gso_refused++;
  if (rung == Rung::kMsg) counters.mmsg_refused++;
  train.begun = rung;
  ladder.StepDown(KeyOf(train), rung, NowMillis());
}

// False: the train waits. True: something has changed, and the next call may differ.
bool Socket::State::GoesOn(Train& train, Rung rung, int error) noexcept {
  if (error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS) {
    counters.send_again++;
    return false;
  }
  counters.last_error = error;
  // EIO: no checksum offload, or IPsec; EINVAL and EMSGSIZE: segments larger than the MTU, by kernel; the
  // rest: no GSO
  const bool is_call_refused =
      error == EIO || error == EINVAL || error == ENOPROTOOPT || error == EOPNOTSUPP || error == ENOSYS;
  if ((rung == Rung::kGso && (is_call_refused || error == EMSGSIZE)) ||
      (rung == Rung::kMmsg && is_call_refused)) {
    train.rung = rung == Rung::kGso ? Rung::kMmsg : Rung::kMsg;
    return true;
  }
  const size_t segments = SegmentsLeft(train);
  if (error == EMSGSIZE) {
    // its equals would fare no better; a shorter last one may
    const size_t whole = (train.length - train.sent) / train.segment_bytes;
    counters.oversize += std::max<size_t>(whole, 1);
    train.sent = whole == 0 ? train.length : train.sent + whole * train.segment_bytes;
    return true;
  }
  // the address that the socket is bound to is ours no more
  if (error == EINVAL || error == EADDRNOTAVAIL) hints |= kHintUnreachable;
  counters.send_errors += segments;
  train.sent = train.length;
  return true;
}

// --- one call

Taken Socket::State::SendGso(const Train& train, const uint8_t* bytes) noexcept {
  const size_t most = std::min(kTrainSegmentsMax, kTrainBytesMax / train.segment_bytes);
  const size_t datagrams = std::min(SegmentsLeft(train), most);
  const size_t length = std::min(train.length - train.sent, datagrams * train.segment_bytes);
  iovec vector{const_cast<uint8_t*>(bytes) + train.sent, length};
  alignas(cmsghdr) uint8_t control[kSendControlBytes]{};
  const uint16_t segment_bytes = datagrams == 1 ? 0 : train.segment_bytes;
  const msghdr message = MessageTo(train, &vector, control, segment_bytes);
  return CallSendmsg(datagrams == 1 ? Call::kSendMsg : Call::kSendGso, message, datagrams);
}

Taken Socket::State::SendMmsg(const Train& train, const uint8_t* bytes) noexcept {
  const size_t datagrams = std::min(SegmentsLeft(train), kTrainSegmentsMax);
  // all go to one place, and so by one message
  alignas(cmsghdr) uint8_t control[kSendControlBytes]{};
  for (size_t i = 0; i < datagrams; i++) {
    const size_t at = train.sent + i * train.segment_bytes;
    send_vectors[i] = {const_cast<uint8_t*>(bytes) + at,
                       std::min<size_t>(train.segment_bytes, train.length - at)};
    send_messages[i].msg_hdr = MessageTo(train, &send_vectors[i], control, 0);
  }
  return CallSendmmsg(0, datagrams);
}

Taken Socket::State::SendMsg(const Train& train, const uint8_t* bytes) noexcept {
  const size_t length = std::min<size_t>(train.segment_bytes, train.length - train.sent);
  iovec vector{const_cast<uint8_t*>(bytes) + train.sent, length};
  alignas(cmsghdr) uint8_t control[kSendControlBytes]{};
  return CallSendmsg(Call::kSendMsg, MessageTo(train, &vector, control, 0), 1);
}

// An ICMP error waits for whatever call is next, and is gone then. So the first error may be about an earlier
// datagram; only one that comes twice is this call's own.
static bool MayBeOfAnother(int error, int attempt) noexcept {
  return attempt == 0 && error != EAGAIN && error != EWOULDBLOCK && error != ENOBUFS;
}

Taken Socket::State::CallSendmsg(Call call, const msghdr& message, size_t datagrams) noexcept {
  for (int attempt = 0;;) {
    counters.send_calls++;
    const Fault* fault = faults.Next(call);
    if (fault) errno = fault->error;
    if (!fault && sendmsg(fd, &message, 0) >= 0) return {datagrams, 0};
    const int error = errno;
    if (error == EINTR) continue;
    Note(error);
    if (!MayBeOfAnother(error, attempt++)) return {0, error};
  }
}

Taken Socket::State::CallSendmmsg(size_t first, size_t count) noexcept {
  for (int attempt = 0;;) {
    counters.send_calls++;
    const Fault* fault = faults.Next(Call::kSendMmsg);
    const bool is_failing = fault && fault->error != 0;
    if (is_failing) errno = fault->error;
    const auto wanted =
        static_cast<unsigned>(fault && !is_failing ? std::min<size_t>(fault->taken, count) : count);
    const int sent = is_failing ? -1 : sendmmsg(fd, send_messages + first, wanted, 0);
    if (sent > 0) return {static_cast<size_t>(sent), 0};
    const int error = sent < 0 ? errno : EAGAIN;
    if (error == EINTR) continue;
    Note(error);
    if (!MayBeOfAnother(error, attempt++)) return {0, error};
  }
}

}  // namespace pfs::udp
