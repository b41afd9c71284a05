// file_work.h: what the faces of file/ share: a result as a number, a descriptor of our own, a call on the libuv pool.
//
// For bind_file.cc, bind_confined.cc and bind_many.cc. Knows N-API and file::Result.

#pragma once

#include <fcntl.h>
#include <node_api.h>

#include <memory>
#include <optional>

#include "file/descriptor.h"
#include "file/system.h"
#include "napi_args.h"
#include "napi_async.h"

namespace pfs {

// What was done, 0 or more, or the negative errno.
inline napi_value ToJs(napi_env env, const file::Result& result) noexcept {
  return ToJs(env, result.error != 0 ? -static_cast<double>(result.error) : static_cast<double>(result.count));
}

// For work on the pool: the caller may close his meanwhile, and its number may become another's.
inline file::Descriptor Own(int fd) noexcept { return file::Descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

// Work on the pool: `call` runs there. A result is the same number as that of the blocking face; it never rejects.
template <class Call>
struct PoolWork {
  std::optional<Call> call;
  file::Result result;
  int error = 0;

  explicit PoolWork(Call work) noexcept : call(std::move(work)) {}
  void Run() noexcept {
    result = (*call)();
    call.reset();  // descriptors of our own are closed here, not when JavaScript gets to hear of it
  }
  napi_value Value(napi_env env) noexcept { return ToJs(env, result); }
};

// `keep` is memory that JavaScript lends until the promise settles.
template <class Call>
napi_value OnPool(napi_env env, std::initializer_list<napi_value> keep, Call call) noexcept {
  return Async<PoolWork<Call>>::Start(env, std::make_unique<PoolWork<Call>>(std::move(call)), keep);
}

}  // namespace pfs
