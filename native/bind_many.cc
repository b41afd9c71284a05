// bind_many.cc: the face of small files by the hundred. Checks, converts, calls.
//
// manyList(directory) -> bytes: how many (Float64), as many file::Entry, their names (file::PutName); or a negative errno
// manyRead(paths, pathEnds, offsets, lengths, target, entries, outcomes)
// manyWrite(handle, paths, pathEnds, offsets, lengths, modes, seconds, nanos, source, outcomes)
//   -> 0; what became of file i is outcomes[i], see file/many.h; entries are eight words of each
// manyReadAsync, manyWriteAsync: the same on the libuv pool, with all of that memory lent until the promise settles
//
// src/host/many_native.ts is its other half.

#include <algorithm>
#include <cstring>

#include "bind.h"
#include "file/many.h"
#include "file_work.h"
#include "held_handle.h"
#include "napi_args.h"

namespace pfs {
namespace {

// A batch is made for speed, and this many reach it.
constexpr size_t kFilesMax = 1024;

napi_value List(napi_env env, napi_callback_info info) {
  Args args(env, info, "manyList");
  const auto directory = args.Bytes(0);
  if (args.Failed()) return nullptr;
  std::vector<file::Entry> entries;
  std::vector<uint8_t> names;
  const auto result = file::ListDirectory(directory, entries, names);
  if (result.error != 0) return ToJs(env, result);
  const auto count = static_cast<double>(entries.size());
  const size_t entries_bytes = entries.size() * sizeof(file::Entry);
  void* data = nullptr;
  napi_value buffer = nullptr;
  if (napi_create_arraybuffer(env, sizeof count + entries_bytes + names.size(), &data, &buffer) != napi_ok) return nullptr;
  auto* bytes = static_cast<uint8_t*>(data);
  std::memcpy(bytes, &count, sizeof count);
  if (!entries.empty()) std::memcpy(bytes + sizeof count, entries.data(), entries_bytes);
  std::copy(names.begin(), names.end(), bytes + sizeof count + entries_bytes);
  return buffer;
}

// (paths, pathEnds, offsets, lengths) at `at`, of as many files as there are ends.
file::Batch BatchArguments(Args& args, size_t at) noexcept {
  const file::Batch batch = {args.Bytes(at), args.Words(at + 1), args.Doubles(at + 2), args.Doubles(at + 3)};
  const size_t count = batch.path_ends.size();
  if (count > kFilesMax) args.Fail(at + 1, "at most 1024 ends");
  if (batch.offsets.size() != count || batch.lengths.size() != count)
    args.Fail(at + 2, "an offset and a length for each file");
  return batch;
}

napi_value ReadFiles(napi_env env, napi_callback_info info, const char* name, bool is_async) noexcept {
  Args args(env, info, name);
  const auto batch = BatchArguments(args, 0);
  const auto target = args.Bytes(4);
  const auto words = args.Doubles(5), outcomes = args.Doubles(6);
  const size_t count = batch.path_ends.size();
  const bool is_aligned = reinterpret_cast<uintptr_t>(words.data()) % alignof(file::Entry) == 0;
  if (words.size() * sizeof(double) != count * sizeof(file::Entry) || !is_aligned) args.Fail(5, "8 words for each file");
  if (outcomes.size() != count) args.Fail(6, "an outcome for each file");
  if (args.Failed()) return nullptr;
  const std::span entries(reinterpret_cast<file::Entry*>(words.data()), count);
  const auto run = [=]() noexcept {
    file::ReadMany(batch, target, entries, outcomes);
    return file::Result{};
  };
  if (!is_async) return ToJs(env, run());
  return OnPool(env, {args.Value(0), args.Value(1), args.Value(2), args.Value(3), args.Value(4), args.Value(5), args.Value(6)},
                run);
}

napi_value WriteFiles(napi_env env, napi_callback_info info, const char* name, bool is_async) noexcept {
  Args args(env, info, name);
  const auto batch = BatchArguments(args, 1);
  const file::Attributes attributes = {args.Words(5), args.Doubles(6), args.Words(7)};
  const auto source = args.Bytes(8);
  const auto outcomes = args.Doubles(9);
  const size_t count = batch.path_ends.size();
  if (attributes.modes.size() != count || attributes.mtime_seconds.size() != count ||
      attributes.mtime_nanos.size() != count)
    args.Fail(5, "a mode and a time for each file");
  if (outcomes.size() != count) args.Fail(9, "an outcome for each file");
  const auto held = HeldArgument(args, 0);
  if (args.Failed()) return nullptr;
  const auto run = [=]() noexcept {
    if (!held) return file::Result{0, EBADF};
    file::WriteMany(*held, batch, attributes, source, outcomes);
    return file::Result{};
  };
  if (!is_async) return ToJs(env, run());
  return OnPool(env, {args.Value(1), args.Value(2), args.Value(3), args.Value(4), args.Value(5), args.Value(6), args.Value(7),
                      args.Value(8), args.Value(9)},
                run);
}

napi_value Read(napi_env env, napi_callback_info info) { return ReadFiles(env, info, "manyRead", false); }
napi_value ReadAsync(napi_env env, napi_callback_info info) { return ReadFiles(env, info, "manyReadAsync", true); }
napi_value Write(napi_env env, napi_callback_info info) { return WriteFiles(env, info, "manyWrite", false); }
napi_value WriteAsync(napi_env env, napi_callback_info info) { return WriteFiles(env, info, "manyWriteAsync", true); }

}  // namespace

void BindMany(napi_env env, napi_value exports) {
  Export(env, exports, "manyList", List);
  Export(env, exports, "manyRead", Read);
  Export(env, exports, "manyReadAsync", ReadAsync);
  Export(env, exports, "manyWrite", Write);
  Export(env, exports, "manyWriteAsync", WriteAsync);
}

}  // namespace pfs
