// napi_async.h: work on the libuv pool that ends as a promise.
//
// A work is a struct with `void Run()` (on the pool: no N-API there), `napi_value Value(napi_env)` (on the thread that
// asked), and `int error` (errno; 0 for success). Memory that JavaScript lent is kept by `Keep` until the promise settles:
// the caller must not transfer it away meanwhile.

#pragma once

#include <node_api.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

namespace pfs {

template <class Work>
class Async {
 public:
  // Takes the work; the result is a promise, rejected by an Error whose `errno` is the number.
  static napi_value Start(napi_env env, std::unique_ptr<Work> work, std::initializer_list<napi_value> keep) noexcept {
    auto* self = new Async;
    self->work_ = std::move(work);
    for (napi_value value : keep) {
      napi_ref ref = nullptr;
      if (napi_create_reference(env, value, 1, &ref) == napi_ok) self->kept_.push_back(ref);
    }
    napi_value promise = nullptr;
    napi_value name = nullptr;
    napi_create_promise(env, &self->deferred_, &promise);
    napi_create_string_utf8(env, "pfs", NAPI_AUTO_LENGTH, &name);
    const auto run = [](napi_env, void* data) { static_cast<Async*>(data)->work_->Run(); };
    const auto done = [](napi_env env, napi_status status, void* data) {
      std::unique_ptr<Async> self(static_cast<Async*>(data));
      self->Settle(env, status);
    };
    napi_create_async_work(env, nullptr, name, run, done, self, &self->handle_);
    napi_queue_async_work(env, self->handle_);
    return promise;
  }

 private:
  void Settle(napi_env env, napi_status status) noexcept {
    if (status == napi_ok && work_->error == 0) {
      napi_resolve_deferred(env, deferred_, work_->Value(env));
    } else {
      const int number = status == napi_ok ? work_->error : ECANCELED;
      napi_value text = nullptr, fault = nullptr, value = nullptr;
      napi_create_string_utf8(env, std::strerror(number), NAPI_AUTO_LENGTH, &text);
      napi_create_error(env, nullptr, text, &fault);
      napi_create_int32(env, number, &value);
      napi_set_named_property(env, fault, "errno", value);
      napi_reject_deferred(env, deferred_, fault);
    }
    for (napi_ref ref : kept_) napi_delete_reference(env, ref);
    napi_delete_async_work(env, handle_);
  }

  std::unique_ptr<Work> work_;
  std::vector<napi_ref> kept_;
  napi_deferred deferred_ = nullptr;
  napi_async_work handle_ = nullptr;
};

}  // namespace pfs
