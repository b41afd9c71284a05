// held_handle.h: a file::Held as JavaScript holds it: until it is closed, or forgotten.
//
// For the faces that work below a held directory: bind_confined.cc and bind_many.cc. Work on the pool shares it, so that a
// close meanwhile takes nothing away.

#pragma once

#include <node_api.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <span>

#include "file/held.h"
#include "napi_args.h"

namespace pfs {

struct HeldHandle {
  static constexpr napi_type_tag kTag{0x3d8e52b7c0144f96, 0xa6f10b7d92e8c35b};

  // Null once it is closed.
  std::shared_ptr<file::Held> held;
};

// What every call on a closed one is told.
inline constexpr double kClosed = -EBADF;

// Null, with or without a TypeError pending: it is closed, or no handle.
inline std::shared_ptr<file::Held> HeldArgument(Args& args, size_t at) noexcept {
  const auto* handle = args.Handle<HeldHandle>(at);
  return args.Failed() ? nullptr : handle->held;
}

// A Uint8Array of its own memory.
inline napi_value BytesToJs(napi_env env, std::span<const uint8_t> bytes) noexcept {
  void* data = nullptr;
  napi_value buffer = nullptr, result = nullptr;
  if (napi_create_arraybuffer(env, bytes.size(), &data, &buffer) != napi_ok) return nullptr;
  std::copy(bytes.begin(), bytes.end(), static_cast<uint8_t*>(data));
  napi_create_typedarray(env, napi_uint8_array, bytes.size(), buffer, 0, &result);
  return result;
}

}  // namespace pfs
