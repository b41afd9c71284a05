// socket_send.cc: trains on their way to the kernel: gathered, sent at once, or waiting in a ring until it takes them.
// What becomes of one train is in socket_train.cc.

#include <cerrno>
#include <cstring>

#include "udp/socket_state.h"

namespace pfs::udp {

uint8_t* Socket::TrainBuffer() noexcept {
  SendGathered();
  return state_->waiting < kWaitingMax ? state_->MemoryOf(state_->NextPlace()) : nullptr;
}

void Socket::SendTrain(const sockaddr_storage* to, size_t bytes, uint16_t segment_bytes) noexcept {
  State& state = *state_;
  if (bytes == 0 || bytes > kTrainBytesMax || segment_bytes == 0 || state.waiting == kWaitingMax) return;
  const size_t place = state.NextPlace();
  state.Begin(place, to, bytes, segment_bytes);
  if (state.waiting > 0) {  // in its turn
    state.waiting++;
    return;
  }
  if (state.SendAllOf(state.trains[place], state.MemoryOf(place))) return;
  state.waiting = 1;
  if (state.on_congested) state.on_congested(state.on_congested_context);
}

void Socket::SetEcn(uint8_t ecn) noexcept {
  if (state_->ecn == ecn) return;
  SendGathered();
  state_->ecn = ecn;
}

void Socket::Gather(const sockaddr_storage* to, const uint8_t* bytes, size_t length) noexcept {
  State& state = *state_;
  if (length == 0) return;
  if (length > kTrainBytesMax) {
    state.counters.oversize++;
    state.counters.last_error = EMSGSIZE;
    return;
  }
  Train& train = state.gathered;
  const bool is_same_place =
      train.to_length == (to ? AddressLength(*to) : 0) && (!to || KeyOf(train.to) == KeyOf(*to));
  // only the last datagram of a train may be shorter
  const bool fits = state.gathered_bytes > 0 && is_same_place && length <= train.segment_bytes &&
                    state.gathered_bytes % train.segment_bytes == 0 &&
                    state.gathered_bytes + length <= kTrainBytesMax &&
                    state.gathered_bytes / train.segment_bytes < kTrainSegmentsMax;
  if (!fits) {
    SendGathered();
    if (state.waiting == kWaitingMax) {
      state.counters.send_errors++;
      state.counters.last_error = ENOBUFS;
      return;
    }
    train.segment_bytes = static_cast<uint16_t>(length);
    train.to_length = to ? AddressLength(*to) : 0;
    if (to) train.to = *to;
  }
  std::memcpy(state.MemoryOf(state.NextPlace()) + state.gathered_bytes, bytes, length);
  state.gathered_bytes += length;
}

void Socket::SendGathered() noexcept {
  State& state = *state_;
  if (state.gathered_bytes == 0) return;
  const size_t bytes = state.gathered_bytes;
  state.gathered_bytes = 0;
  SendTrain(state.gathered.to_length ? &state.gathered.to : nullptr, bytes, state.gathered.segment_bytes);
}

bool Socket::IsCongested() const noexcept { return state_->waiting > 0; }

bool Socket::WaitsForMemory() const noexcept {
  return state_->waiting > 0 && state_->waiting_error == ENOBUFS;
}

bool Socket::FlushPending() noexcept {
  State& state = *state_;
  if (state.waiting == 0) return true;
  SendGathered();  // it lies in the place after those that wait: let it join them before places move
  while (state.waiting > 0) {
    if (!state.SendAllOf(state.trains[state.first_waiting], state.MemoryOf(state.first_waiting)))
      return false;
    state.first_waiting = (state.first_waiting + 1) % kWaitingMax;
    state.waiting--;
  }
  state.first_waiting = 0;
  return true;
}

void Socket::OnCongested(void (*call)(void* context), void* context) noexcept {
  state_->on_congested = call;
  state_->on_congested_context = context;
}

}  // namespace pfs::udp
