// udp_loop.h: a socket and a timer on the event loop of Node's thread, by libuv.
//
// Tells JavaScript what has happened, one call for all of it; never receives by itself. While JavaScript does
// not receive, nothing is told twice and the loop does not spin.

#pragma once

#include <node_api.h>
#include <uv.h>

#include <cstdint>

#include "udp/timer.h"
#include "udp_handle.h"

namespace pfs {

class UdpLoop {
 public:
  // Sets owner->loop, unless the event loop refuses. `kept` are the arrays whose memory native code writes
  // to.
  static bool Start(napi_env env, SocketHandle* owner, uint32_t* status, napi_value callback,
                    std::initializer_list<napi_value> kept) noexcept;
  // Takes itself and the socket from the owner; nothing is told any more. Deletes itself when libuv is done.
  void Close() noexcept;

  // After a receive: the next arrival is to be told again once the queue was seen empty.
  void OnReceived() noexcept;
  void SetAlarm(uint64_t micros) noexcept { timer_.Set(micros); }
  // Copies what JavaScript reads without a call.
  void ShowStatus() noexcept;

 private:
  explicit UdpLoop(napi_env env) noexcept : env_(env) {}
  ~UdpLoop() = default;

  void Poll() noexcept;
  void OnSocket(int status, int events) noexcept;
  void Flush(uint32_t* events) noexcept;
  void Tell(uint32_t events) noexcept;
  void OnClosed() noexcept;

  udp::Socket& socket() noexcept { return *owner_->socket; }

  static constexpr size_t kKeptMax = 4;

  napi_env env_;
  SocketHandle* owner_ = nullptr;
  uint32_t* status_ = nullptr;
  napi_ref callback_ = nullptr;
  napi_ref kept_[kKeptMax] = {};
  napi_async_cleanup_hook_handle cleanup_ = nullptr;
  udp::Timer timer_;
  uv_poll_t poll_{};
  uv_poll_t alarm_{};
  uv_timer_t retry_{};
  int open_handles_ = 0;
  int polled_ = 0;            // events libuv watches for
  bool is_told_ = false;      // JavaScript knows that something lies ready
  bool is_ignoring_ = false;  // and has not come: reading is not watched meanwhile
  bool is_closing_ = false;
};

}  // namespace pfs
