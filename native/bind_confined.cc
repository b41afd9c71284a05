// bind_confined.cc: the face of the calls below a held directory. Checks, converts, calls.
//
// confinedOpen(directory) -> handle, or a negative errno; every other takes the handle, and paths as bytes. A result is what
// was done, 0 or more, or a negative fault: an errno, or one of file::Broken. What gives bytes gives a number when it fails.
// confinedSync is a promise of the libuv pool, the rest blocks the thread that calls it. A handle that is closed is -EBADF.
//
// src/host/confined_native.ts is its other half.

#include <algorithm>
#include <cmath>
#include <cstring>

#include "bind.h"
#include "file/confined.h"
#include "file/remove.h"
#include "file/rename.h"
#include "file_work.h"
#include "held_handle.h"
#include "napi_args.h"

namespace pfs {
namespace {

// `call(held)` on the handle at 0, once all arguments were taken. Faces pass what they took by reference.
template <class Call>
napi_value OnHeld(napi_env env, Args& args, const Call& call) noexcept {
  const auto held = HeldArgument(args, 0);
  if (args.Failed()) return nullptr;
  return held ? call(*held) : ToJs(env, kClosed);
}

napi_value Open(napi_env env, napi_callback_info info) {
  Args args(env, info, "confinedOpen");
  const auto bytes = args.Bytes(0);
  if (args.Failed()) return nullptr;
  const std::string path(bytes.begin(), bytes.end());
  if (path.find('\0') != std::string::npos) {
    args.Fail(0, "a path without a zero byte");
    return nullptr;
  }
  const int fd = file::Uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) return ToJs(env, -static_cast<double>(errno));
  auto handle = std::make_unique<HeldHandle>();
  handle->held = std::make_shared<file::Held>(fd);
  return MakeHandle(env, std::move(handle));
}

napi_value Close(napi_env env, napi_callback_info info) {
  Args args(env, info, "confinedClose");
  auto* handle = args.Handle<HeldHandle>(0);
  if (args.Failed()) return nullptr;
  handle->held.reset();
  return ToJs(env, 0.0);
}

// confinedStat(handle, path, Float64Array of 8, which it fills as file::Entry)
napi_value Stat(napi_env env, napi_callback_info info) {
  Args args(env, info, "confinedStat");
  const auto path = args.Bytes(1);
  const auto words = args.Doubles(2);
  if (!args.Failed() && words.size() * sizeof(double) != sizeof(file::Entry)) args.Fail(2, "8 words");
  return OnHeld(env, args, [&](file::Held& held) {
    file::Entry entry;
    const auto result = file::Stat(held, path, entry);
    if (result.error == 0) std::memcpy(words.data(), &entry, sizeof entry);
    return ToJs(env, result);
  });
}

// confinedNames(handle, path | undefined: the held directory itself) -> names, file::PutName
napi_value Names(napi_env env, napi_callback_info info) {
  Args args(env, info, "confinedNames");
  std::optional<file::Path> path;
  if (args.Has(1)) path = args.Bytes(1);
  return OnHeld(env, args, [&](file::Held& held) {
    std::vector<uint8_t> names;
    const auto result = file::ListNames(held, path, names);
    return result.error != 0 ? ToJs(env, result) : BytesToJs(env, names);
  });
}

napi_value ReadLink(napi_env env, napi_callback_info info) {
  Args args(env, info, "confinedReadLink");
  const auto path = args.Bytes(1);
  return OnHeld(env, args, [&](file::Held& held) {
    std::vector<uint8_t> text;
    const auto result = file::ReadLink(held, path, text);
    return result.error != 0 ? ToJs(env, result) : BytesToJs(env, text);
  });
}

// (handle, path)
template <file::Result (*kCall)(file::Held&, file::Path, const file::System&)>
napi_value ByPath(napi_env env, napi_callback_info info, const char* name) noexcept {
  Args args(env, info, name);
  const auto path = args.Bytes(1);
  return OnHeld(env, args, [&](file::Held& held) { return ToJs(env, kCall(held, path, file::Kernel())); });
}

// (handle, path, mode)
template <file::Result (*kCall)(file::Held&, file::Path, mode_t, const file::System&)>
napi_value WithMode(napi_env env, napi_callback_info info, const char* name) noexcept {
  Args args(env, info, name);
  const auto path = args.Bytes(1);
  const uint32_t mode = args.U32(2);
  return OnHeld(env, args, [&](file::Held& held) { return ToJs(env, kCall(held, path, mode, file::Kernel())); });
}

// (handle, bytes, path)
template <file::Result (*kCall)(file::Held&, file::Path, file::Path, const file::System&)>
napi_value ByTwo(napi_env env, napi_callback_info info, const char* name) noexcept {
  Args args(env, info, name);
  const auto first = args.Bytes(1), path = args.Bytes(2);
  return OnHeld(env, args, [&](file::Held& held) { return ToJs(env, kCall(held, first, path, file::Kernel())); });
}

napi_value MakeDirectory(napi_env env, napi_callback_info info) {
  return WithMode<file::MakeDirectory>(env, info, "confinedMakeDirectory");
}
napi_value Create(napi_env env, napi_callback_info info) {
  return WithMode<file::Create>(env, info, "confinedCreate");
}
napi_value SetMode(napi_env env, napi_callback_info info) {
  return WithMode<file::SetMode>(env, info, "confinedSetMode");
}
napi_value Symlink(napi_env env, napi_callback_info info) {
  return ByTwo<file::MakeLink>(env, info, "confinedSymlink");
}
napi_value Link(napi_env env, napi_callback_info info) {
  return ByTwo<file::AddName>(env, info, "confinedLink");
}
napi_value Remove(napi_env env, napi_callback_info info) {
  return ByPath<file::Remove>(env, info, "confinedRemove");
}
napi_value RemoveTree(napi_env env, napi_callback_info info) {
  return ByPath<file::RemoveTree>(env, info, "confinedRemoveTree");
}

// confinedOpenFile(handle, path, writes) -> descriptor
napi_value OpenFile(napi_env env, napi_callback_info info) {
  Args args(env, info, "confinedOpenFile");
  const auto path = args.Bytes(1);
  const bool writes = args.Bool(2);
  return OnHeld(env, args, [&](file::Held& held) { return ToJs(env, file::OpenFile(held, path, writes)); });
}

// confinedRename(handle, from, other handle, to, mayReplace)
napi_value Rename(napi_env env, napi_callback_info info) {
  Args args(env, info, "confinedRename");
  const auto from = args.Bytes(1), to = args.Bytes(3);
  const bool may_replace = args.Bool(4);
  const auto other = HeldArgument(args, 2);
  return OnHeld(env, args, [&](file::Held& held) {
    return other ? ToJs(env, file::Rename(held, from, *other, to, may_replace)) : ToJs(env, kClosed);
  });
}

napi_value SetOwner(napi_env env, napi_callback_info info) {
  Args args(env, info, "confinedSetOwner");
  const auto path = args.Bytes(1);
  const uint32_t user = args.U32(2), group = args.U32(3);
  return OnHeld(env, args, [&](file::Held& held) { return ToJs(env, file::SetOwner(held, path, user, group)); });
}

// confinedSetTime(handle, path, seconds, nanos)
napi_value SetTime(napi_env env, napi_callback_info info) {
  Args args(env, info, "confinedSetTime");
  const auto path = args.Bytes(1);
  const double seconds = args.Number(2);
  const uint32_t nanos = args.U32(3);
  if (!(std::fabs(seconds) <= 9007199254740991.0) || nanos > 999'999'999) args.Fail(2, "a time");
  return OnHeld(env, args, [&](file::Held& held) {
    return ToJs(env, file::SetModified(held, path, {static_cast<int64_t>(seconds), nanos}));
  });
}

napi_value Sync(napi_env env, napi_callback_info info) {
  Args args(env, info, "confinedSync");
  auto held = HeldArgument(args, 0);
  if (args.Failed()) return nullptr;
  return OnPool(env, {}, [held = std::move(held)] { return held ? held->Sync() : file::Result{0, EBADF}; });
}

}  // namespace

void BindConfined(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback function;
  } faces[] = {
      {"confinedOpen", Open},
      {"confinedClose", Close},
      {"confinedStat", Stat},
      {"confinedNames", Names},
      {"confinedReadLink", ReadLink},
      {"confinedMakeDirectory", MakeDirectory},
      {"confinedCreate", Create},
      {"confinedOpenFile", OpenFile},
      {"confinedSymlink", Symlink},
      {"confinedLink", Link},
      {"confinedRename", Rename},
      {"confinedRemove", Remove},
      {"confinedRemoveTree", RemoveTree},
      {"confinedSetMode", SetMode},
      {"confinedSetOwner", SetOwner},
      {"confinedSetTime", SetTime},
      {"confinedSync", Sync},
  };
  for (const auto& face : faces) Export(env, exports, face.name, face.function);
}

}  // namespace pfs
