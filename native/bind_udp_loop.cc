// bind_udp_loop.cc: see udp_loop.h.

#include <cerrno>

#include "udp_loop.h"

namespace pfs {

// How long to wait before memory for datagrams is asked for again.
static constexpr uint64_t kMemoryRetryMillis = 1;

SocketHandle::~SocketHandle() {
  if (loop) loop->Close();
}

bool UdpLoop::Start(napi_env env, SocketHandle* owner, uint32_t* status, napi_value callback,
                    std::initializer_list<napi_value> kept) noexcept {
  uv_loop_t* events = nullptr;
  if (napi_get_uv_event_loop(env, &events) != napi_ok) return false;
  auto* self = new UdpLoop(env);
  self->owner_ = owner;
  self->status_ = status;
  if (self->timer_.Fd() < 0 || uv_poll_init(events, &self->poll_, owner->socket->Fd()) != 0) {
    delete self;
    return false;
  }
  owner->loop = self;
  self->poll_.data = self->alarm_.data = self->retry_.data = self;
  self->open_handles_ = 1;
  if (uv_poll_init(events, &self->alarm_, self->timer_.Fd()) != 0) {
    self->Close();
    return false;
  }
  uv_timer_init(events, &self->retry_);
  self->open_handles_ = 3;
  napi_create_reference(env, callback, 1, &self->callback_);
  size_t at = 0;
  for (napi_value array : kept)
    if (at < kKeptMax) napi_create_reference(env, array, 1, &self->kept_[at++]);
  const auto clean = [](napi_async_cleanup_hook_handle, void* data) { static_cast<UdpLoop*>(data)->Close(); };
  napi_add_async_cleanup_hook(env, clean, self, &self->cleanup_);
  // always watched, so that the socket keeps the process alive even while its reading is not
  uv_poll_start(&self->alarm_, UV_READABLE, [](uv_poll_t* poll, int, int) {
    auto* self = static_cast<UdpLoop*>(poll->data);
    if (self->timer_.TakeExpiry()) self->Tell(kUdpAlarm);
  });
  owner->socket->OnCongested(
      [](void* data) {
        auto* self = static_cast<UdpLoop*>(data);
        self->status_[kStatusCongested] = 1;
        self->Poll();
      },
      self);
  self->Poll();
  return true;
}

void UdpLoop::Close() noexcept {
  if (is_closing_) return;
  is_closing_ = true;
  ShowStatus();
  const auto closed = [](uv_handle_t* handle) { static_cast<UdpLoop*>(handle->data)->OnClosed(); };
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), closed);
  if (open_handles_ > 1) {
    uv_close(reinterpret_cast<uv_handle_t*>(&alarm_), closed);
    uv_close(reinterpret_cast<uv_handle_t*>(&retry_), closed);
  }
  for (napi_ref& array : kept_)
    if (array) napi_delete_reference(env_, array);
  if (callback_) napi_delete_reference(env_, callback_);
  status_ = nullptr;
  owner_->loop = nullptr;
  owner_->socket.reset();
  owner_->senders.reset();
  owner_ = nullptr;
}

void UdpLoop::OnClosed() noexcept {
  if (--open_handles_ > 0) return;
  if (cleanup_) napi_remove_async_cleanup_hook(cleanup_);
  delete this;
}

// Watches for what is of use now; says so to libuv only when that has changed, for it costs a system call or
// two.
void UdpLoop::Poll() noexcept {
  const bool is_waiting = socket().IsCongested();
  const bool is_for_memory = socket().WaitsForMemory();
  const int wanted = (is_ignoring_ ? 0 : UV_READABLE) | (is_waiting && !is_for_memory ? UV_WRITABLE : 0);
  if (is_for_memory && !uv_is_active(reinterpret_cast<uv_handle_t*>(&retry_))) {
    const auto again = [](uv_timer_t* timer) {
      static_cast<UdpLoop*>(timer->data)->OnSocket(0, UV_WRITABLE);
    };
    uv_timer_start(&retry_, again, kMemoryRetryMillis, 0);
  }
  if (wanted == polled_) return;
  polled_ = wanted;
  if (wanted == 0) {
    uv_poll_stop(&poll_);
    return;
  }
  uv_poll_start(&poll_, wanted, [](uv_poll_t* poll, int status, int events) {
    static_cast<UdpLoop*>(poll->data)->OnSocket(status, events);
  });
}

void UdpLoop::OnSocket(int status, int events) noexcept {
  uint32_t news = 0;
  if (status < 0) {
    // libuv has stopped watching: an error lies on the socket, which for UDP is what ICMP said
    socket().ClearError();
    polled_ = 0;
  }
  if (events & UV_READABLE) {
    if (is_told_)
      is_ignoring_ = true;
    else
      news |= kUdpReadable;
    is_told_ = true;
  }
  if ((events & UV_WRITABLE) && socket().IsCongested() && socket().FlushPending()) news |= kUdpDrained;
  ShowStatus();
  if (status_[kStatusHints] != 0) news |= kUdpHint;
  Poll();
  if (news != 0) Tell(news);
}

void UdpLoop::OnReceived() noexcept {
  status_[kStatusDrained] = socket().IsDrained();
  status_[kStatusTurnedAway] = owner_->turned.datagrams;
  status_[kStatusAnswered] = owner_->turned.answered;
  if (!socket().IsDrained()) return;
  is_told_ = false;
  if (!is_ignoring_) return;
  is_ignoring_ = false;
  Poll();
}

void UdpLoop::ShowStatus() noexcept {
  status_[kStatusCongested] = socket().IsCongested();
  status_[kStatusHints] |= socket().TakeHints();
}

// The last thing its callers do: JavaScript may close us.
void UdpLoop::Tell(uint32_t events) noexcept {
  napi_env env = env_;
  napi_handle_scope scope = nullptr;
  napi_open_handle_scope(env, &scope);
  napi_value callback = nullptr, receiver = nullptr, value = nullptr;
  napi_get_reference_value(env, callback_, &callback);
  napi_get_global(env, &receiver);
  napi_create_uint32(env, events, &value);
  bool is_thrown = false;
  if (napi_make_callback(env, nullptr, receiver, callback, 1, &value, nullptr) != napi_ok &&
      napi_is_exception_pending(env, &is_thrown) == napi_ok && is_thrown) {
    napi_value fault = nullptr;
    napi_get_and_clear_last_exception(env, &fault);
    napi_fatal_exception(env, fault);
  }
  napi_close_handle_scope(env, scope);
}

}  // namespace pfs
