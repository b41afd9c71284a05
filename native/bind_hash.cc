// bind_hash.cc: the face of hash/. Checks, converts, calls. Outputs go into arrays that the caller has:
// nothing is allocated, but for the promise of blake3Async. A key is 32 bytes, or null for the plain hash.

#include <algorithm>
#include <array>
#include <memory>

#include "bind.h"
#include "hash/blake3.h"
#include "hash/parallel_hash.h"
#include "hash/xxh64.h"
#include "napi_args.h"

namespace pfs {
namespace {

hash::Mode ModeOf(Args& args, size_t at) noexcept {
  if (!args.Has(at)) return hash::PlainMode();
  const auto key = args.Bytes(at);
  if (args.Failed()) return {};
  if (key.size() == hash::kKeyBytes) return hash::KeyedMode(key.data());
  args.Fail(at, "a key of 32 bytes");
  return {};
}

// blake3(key, input, out): fills `out`, of any length.
napi_value Blake3(napi_env env, napi_callback_info info) {
  Args args(env, info, "blake3");
  const hash::Mode mode = ModeOf(args, 0);
  const auto input = args.Bytes(1);
  const auto out = args.Bytes(2);
  if (args.Failed()) return nullptr;
  hash::Blake3(mode, input.data(), input.size(), out.data(), out.size());
  return nullptr;
}

// blake3DeriveKey(context, keyMaterial, out)
napi_value Blake3DeriveKey(napi_env env, napi_callback_info info) {
  Args args(env, info, "blake3DeriveKey");
  const auto context = args.Bytes(0);
  const auto material = args.Bytes(1);
  const auto out = args.Bytes(2);
  if (args.Failed()) return nullptr;
  const hash::Mode mode = hash::DeriveMode(context.data(), context.size());
  hash::Blake3(mode, material.data(), material.size(), out.data(), out.size());
  return nullptr;
}

// blake3Many(key, inputs, lengths, out): inputs one behind another, 32 bytes out for each.
napi_value Blake3Many(napi_env env, napi_callback_info info) {
  Args args(env, info, "blake3Many");
  const hash::Mode mode = ModeOf(args, 0);
  const auto inputs = args.Bytes(1);
  const auto lengths = args.Words(2);
  const auto out = args.Bytes(3);
  if (args.Failed()) return nullptr;
  uint64_t bytes = 0;
  for (const uint32_t length : lengths) bytes += length;
  if (bytes > inputs.size()) args.Fail(2, "lengths within the inputs");
  if (out.size() / hash::kHashBytes < lengths.size()) args.Fail(3, "32 bytes for each input");
  if (args.Failed()) return nullptr;
  hash::Blake3Many(mode, inputs.data(), lengths.data(), lengths.size(), out.data());
  return nullptr;
}

// xxh64(input, out): 8 bytes, big-endian.
napi_value Xxh64(napi_env env, napi_callback_info info) {
  Args args(env, info, "xxh64");
  const auto input = args.Bytes(0);
  const auto out = args.Bytes(1);
  if (!args.Failed() && out.size() != 8) args.Fail(1, "8 bytes");
  if (args.Failed()) return nullptr;
  const uint64_t sum = hash::Xxh64(input.data(), input.size());
  for (int i = 0; i < 8; i++) out[static_cast<size_t>(i)] = static_cast<uint8_t>(sum >> (56 - 8 * i));
  return nullptr;
}

napi_value Blake3Kernel(napi_env env, napi_callback_info) { return ToJs(env, hash::Blake3Kernel()); }

// blake3Async: several works on the libuv pool over one input; the last to complete settles the promise.
// Complete() and the destructor run on the thread that asked, so that only the hash itself is shared.
class AsyncHash {
 public:
  static napi_value Start(napi_env env, const hash::Mode& mode, napi_value input,
                          std::span<const uint8_t> bytes) noexcept {
    auto* self = new AsyncHash(mode, bytes);
    napi_value promise = nullptr, name = nullptr;
    napi_create_promise(env, &self->deferred_, &promise);
    napi_create_reference(env, input, 1, &self->input_);
    napi_create_string_utf8(env, "pfs", NAPI_AUTO_LENGTH, &name);
    const size_t works = std::min(kWorksMax, self->hash_.Parts());
    const auto run = [](napi_env, void* data) { static_cast<AsyncHash*>(data)->hash_.Work(); };
    const auto complete = [](napi_env env, napi_status, void* data) {
      static_cast<AsyncHash*>(data)->Complete(env);
    };
    while (self->made_ < works) {
      napi_async_work& work = self->works_[self->made_];
      if (napi_create_async_work(env, nullptr, name, run, complete, self, &work) != napi_ok) break;
      self->made_++;
      if (napi_queue_async_work(env, work) != napi_ok) break;
      self->running_++;
    }
    if (self->running_ == 0) {
      self->running_ = 1;
      self->hash_.Work();
      self->Complete(env);
    }
    return promise;
  }

 private:
  // As many as libuv has threads, unless it is told otherwise.
  static constexpr size_t kWorksMax = 4;

  AsyncHash(const hash::Mode& mode, std::span<const uint8_t> bytes) noexcept
      : hash_(mode, bytes.data(), bytes.size()) {}

  void Complete(napi_env env) noexcept {
    if (--running_ > 0) return;
    const std::unique_ptr<AsyncHash> self(this);
    napi_value buffer = nullptr, value = nullptr;
    void* out = nullptr;
    // works that were cancelled do not matter as long as others did the parts
    if (hash_.IsWhole() && napi_create_arraybuffer(env, hash::kHashBytes, &out, &buffer) == napi_ok) {
      hash_.Finish(static_cast<uint8_t*>(out));
      napi_create_typedarray(env, napi_uint8_array, hash::kHashBytes, buffer, 0, &value);
      napi_resolve_deferred(env, deferred_, value);
    } else {
      napi_create_string_utf8(env, "the hash was cancelled", NAPI_AUTO_LENGTH, &value);
      napi_create_error(env, nullptr, value, &value);
      napi_reject_deferred(env, deferred_, value);
    }
    napi_delete_reference(env, input_);
    for (size_t i = 0; i < made_; i++) napi_delete_async_work(env, works_[i]);
  }

  hash::ParallelHash hash_;
  std::array<napi_async_work, kWorksMax> works_{};
  size_t made_ = 0;
  size_t running_ = 0;
  napi_deferred deferred_ = nullptr;
  napi_ref input_ = nullptr;
};

// blake3Async(key, input) -> Promise<Uint8Array>: `input` must be neither changed nor transferred until it
// settles.
napi_value Blake3Async(napi_env env, napi_callback_info info) {
  Args args(env, info, "blake3Async");
  const hash::Mode mode = ModeOf(args, 0);
  const auto input = args.Bytes(1);
  if (args.Failed()) return nullptr;
  return AsyncHash::Start(env, mode, args.Value(1), input);
}

}  // namespace

void BindHash(napi_env env, napi_value exports) {
  Export(env, exports, "blake3", Blake3);
  Export(env, exports, "blake3DeriveKey", Blake3DeriveKey);
  Export(env, exports, "blake3Many", Blake3Many);
  Export(env, exports, "blake3Async", Blake3Async);
  Export(env, exports, "blake3Kernel", Blake3Kernel);
  Export(env, exports, "xxh64", Xxh64);
}

}  // namespace pfs
