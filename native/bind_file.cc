// bind_file.cc: the face of file/. Checks, converts, calls.
//
// fileX(...) blocks the thread that calls it: the storage thread is there for that. fileXAsync(...) is a promise of the
// libuv pool. A result is what was done, 0 or more, or the negative errno. A batch that fails half way says only why:
// what a file holds then is for its owner to find out.

#include <cmath>
#include <vector>

#include "bind.h"
#include "file/batch.h"
#include "file/copy.h"
#include "file/durable.h"
#include "file/place.h"
#include "file/space.h"
#include "file_work.h"
#include "napi_args.h"

namespace pfs {
namespace {

// Pieces or runs in one call: a batch is made for speed, and this many reach it.
constexpr size_t kBatchMax = 1024;

// (fd, [Uint8Array], Float64Array offsets) at `at`: the memory stays JavaScript's.
std::vector<file::Piece> Pieces(Args& args, size_t at) noexcept {
  std::vector<file::Piece> pieces;
  const napi_env env = args.Env();
  uint32_t count = 0;
  const napi_value list = args.Value(at);
  const auto offsets = args.Doubles(at + 1);
  if (args.Failed()) return pieces;
  if (napi_get_array_length(env, list, &count) != napi_ok || count > kBatchMax || count > offsets.size()) {
    args.Fail(at, "an array of at most 1024 pieces, and an offset for each");
    return pieces;
  }
  pieces.reserve(count);
  for (uint32_t i = 0; i < count; i++) {
    napi_value item = nullptr;
    napi_typedarray_type type;
    file::Piece piece;
    void* data = nullptr;
    if (napi_get_element(env, list, i, &item) != napi_ok ||
        napi_get_typedarray_info(env, item, &type, &piece.bytes, &data, nullptr, nullptr) != napi_ok ||
        type != napi_uint8_array || !(offsets[i] >= 0 && offsets[i] <= 9007199254740991.0)) {
      args.Fail(at, "an array of bytes, each with an offset");
      return pieces;
    }
    piece.data = static_cast<uint8_t*>(data);
    piece.offset = static_cast<uint64_t>(offsets[i]);
    pieces.push_back(piece);
  }
  return pieces;
}

// ---- batches

template <file::Result (*kMove)(int, std::span<const file::Piece>, const file::System&)>
napi_value Batch(napi_env env, napi_callback_info info, const char* name, bool is_async) noexcept {
  Args args(env, info, name);
  const int fd = args.Fd(0);
  auto pieces = Pieces(args, 1);
  if (args.Failed()) return nullptr;
  if (!is_async) return ToJs(env, kMove(fd, pieces, file::Kernel()));
  return OnPool(env, {args.Value(1)}, [own = Own(fd), pieces = std::move(pieces)] {
    return kMove(own.Get(), pieces, file::Kernel());
  });
}

napi_value Read(napi_env env, napi_callback_info info) {
  return Batch<file::ReadBatch>(env, info, "fileRead", false);
}
napi_value ReadAsync(napi_env env, napi_callback_info info) {
  return Batch<file::ReadBatch>(env, info, "fileReadAsync", true);
}
napi_value Write(napi_env env, napi_callback_info info) {
  return Batch<file::WriteBatch>(env, info, "fileWrite", false);
}
napi_value WriteAsync(napi_env env, napi_callback_info info) {
  return Batch<file::WriteBatch>(env, info, "fileWriteAsync", true);
}

// ---- space

napi_value NextData(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileNextData");
  const int fd = args.Fd(0);
  const uint64_t offset = args.Offset(1);
  return args.Failed() ? nullptr : ToJs(env, file::NextData(fd, offset));
}

napi_value NextHole(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileNextHole");
  const int fd = args.Fd(0);
  const uint64_t offset = args.Offset(1);
  return args.Failed() ? nullptr : ToJs(env, file::NextHole(fd, offset));
}

napi_value PunchHole(napi_env env, napi_callback_info info) {
  Args args(env, info, "filePunchHole");
  const int fd = args.Fd(0);
  const uint64_t offset = args.Offset(1), bytes = args.Offset(2);
  return args.Failed() ? nullptr : ToJs(env, file::PunchHole(fd, offset, bytes));
}

napi_value PunchHoleAsync(napi_env env, napi_callback_info info) {
  Args args(env, info, "filePunchHoleAsync");
  const int fd = args.Fd(0);
  const uint64_t offset = args.Offset(1), bytes = args.Offset(2);
  if (args.Failed()) return nullptr;
  return OnPool(env, {}, [own = Own(fd), offset, bytes] {
    return file::PunchHole(own.Get(), offset, bytes);
  });
}

napi_value Allocate(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileAllocate");
  const int fd = args.Fd(0);
  const uint64_t offset = args.Offset(1), bytes = args.Offset(2);
  const bool keeps_size = args.Bool(3);
  return args.Failed() ? nullptr : ToJs(env, file::Allocate(fd, offset, bytes, keeps_size));
}

// ---- copies

// (to, offset, Float64Array of fd, offset, length, ...) at 0.
std::vector<file::Run> Runs(Args& args, size_t at) noexcept {
  std::vector<file::Run> runs;
  const auto numbers = args.Doubles(at);
  if (args.Failed()) return runs;
  const auto is_whole = [](double value) { return value >= 0 && value <= 9007199254740991.0; };
  if (numbers.size() % 3 != 0 || numbers.size() / 3 > kBatchMax) args.Fail(at, "at most 1024 runs of three numbers");
  for (size_t i = 0; i + 2 < numbers.size() && !args.Failed(); i += 3) {
    if (!(numbers[i] >= 0 && numbers[i] <= 0x7fffffff) || !is_whole(numbers[i + 1]) || !is_whole(numbers[i + 2]))
      args.Fail(at, "descriptors, offsets and lengths");
    else
      runs.push_back({static_cast<int>(numbers[i]), static_cast<uint64_t>(numbers[i + 1]),
                      static_cast<uint64_t>(numbers[i + 2])});
  }
  return runs;
}

napi_value CopyRuns(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileCopyRuns");
  const int to = args.Fd(0);
  const uint64_t offset = args.Offset(1);
  const auto runs = Runs(args, 2);
  return args.Failed() ? nullptr : ToJs(env, file::CopyRuns(to, offset, runs));
}

napi_value CopyRunsAsync(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileCopyRunsAsync");
  const int to = args.Fd(0);
  const uint64_t offset = args.Offset(1);
  auto runs = Runs(args, 2);
  if (args.Failed()) return nullptr;
  std::vector<file::Descriptor> sources;
  sources.reserve(runs.size());
  int last = -1;  // neighbours mostly are of one file, and one descriptor serves them
  for (file::Run& run : runs) {
    if (run.fd != last) {
      last = run.fd;
      sources.push_back(Own(run.fd));
    }
    run.fd = sources.back().Get();
  }
  return OnPool(env, {}, [own = Own(to), offset, sources = std::move(sources), runs = std::move(runs)] {
    return file::CopyRuns(own.Get(), offset, runs);
  });
}

napi_value CloneRange(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileCloneRange");
  const int from = args.Fd(0), to = args.Fd(2);
  const uint64_t from_offset = args.Offset(1), to_offset = args.Offset(3), bytes = args.Offset(4);
  return args.Failed() ? nullptr : ToJs(env, file::CloneRange(from, from_offset, to, to_offset, bytes));
}

napi_value CloneFile(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileClone");
  const int from = args.Fd(0), to = args.Fd(1);
  return args.Failed() ? nullptr : ToJs(env, file::CloneFile(from, to));
}

napi_value CloneFileAsync(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileCloneAsync");
  const int from = args.Fd(0), to = args.Fd(1);
  if (args.Failed()) return nullptr;
  return OnPool(env, {}, [from = Own(from), to = Own(to)] {
    return file::CloneFile(from.Get(), to.Get());
  });
}

// ---- durability

std::vector<int> Descriptors(Args& args, size_t at) noexcept {
  std::vector<int> fds;
  for (const uint32_t fd : args.Words(at)) fds.push_back(static_cast<int>(fd));
  if (fds.size() > kBatchMax) args.Fail(at, "at most 1024 descriptors");
  return fds;
}

napi_value Sync(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileSync");
  const auto fds = Descriptors(args, 0);
  const bool data_only = args.Bool(1);
  return args.Failed() ? nullptr : ToJs(env, file::SyncGroup(fds, data_only));
}

napi_value SyncAsync(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileSyncAsync");
  const auto fds = Descriptors(args, 0);
  const bool data_only = args.Bool(1);
  if (args.Failed()) return nullptr;
  std::vector<file::Descriptor> own;
  own.reserve(fds.size());
  for (const int fd : fds) own.push_back(Own(fd));
  return OnPool(env, {}, [own = std::move(own), data_only] {
    std::vector<int> numbers;
    for (const file::Descriptor& descriptor : own) numbers.push_back(descriptor.Get());
    return file::SyncGroup(numbers, data_only);
  });
}

napi_value StartWriteback(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileStartWriteback");
  const int fd = args.Fd(0);
  const uint64_t offset = args.Offset(1), bytes = args.Offset(2);
  if (args.Failed()) return nullptr;
  // his descriptor, not our own, which would keep a closed file open until the promise settles: should the number be
  // another's by then, some of that file goes to the disk early, and that is all
  return OnPool(env, {}, [fd, offset, bytes] { return file::StartWriteback(fd, offset, bytes); });
}

napi_value Advise(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileAdvise");
  const int fd = args.Fd(0);
  const uint64_t offset = args.Offset(1), bytes = args.Offset(2);
  const uint32_t advice = args.U32(3);
  return args.Failed() ? nullptr : ToJs(env, file::Advise(fd, offset, bytes, static_cast<int>(advice)));
}

// ---- names, times, locks

napi_value OpenBeneath(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileOpenBeneath");
  const int directory = args.Fd(0);
  const std::string path = args.Text(1);
  const uint32_t flags = args.U32(2), mode = args.U32(3);
  if (!args.Failed() && path.find('\0') != std::string::npos) args.Fail(1, "a path without a zero byte");
  if (args.Failed()) return nullptr;
  return ToJs(env, file::OpenBeneath(directory, path.c_str(), static_cast<int>(flags), mode));
}

napi_value SetTimes(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileSetTimes");
  const int fd = args.Fd(0);
  const double accessed_seconds = args.Number(1), modified_seconds = args.Number(3);
  const uint32_t accessed_nanos = args.U32(2), modified_nanos = args.U32(4);
  if (accessed_nanos > 999999999 || modified_nanos > 999999999) args.Fail(2, "below a second");
  if (!(std::fabs(accessed_seconds) < 1e15) || !(std::fabs(modified_seconds) < 1e15)) args.Fail(1, "a time");
  if (args.Failed()) return nullptr;
  return ToJs(env, file::SetTimes(fd, {static_cast<int64_t>(accessed_seconds), accessed_nanos},
                                  {static_cast<int64_t>(modified_seconds), modified_nanos}));
}

napi_value Lock(napi_env env, napi_callback_info info) {
  Args args(env, info, "fileLock");
  const int fd = args.Fd(0);
  return args.Failed() ? nullptr : ToJs(env, file::LockExclusive(fd));
}

}  // namespace

void BindFile(napi_env env, napi_value exports) {
  const struct {
    const char* name;
    napi_callback function;
  } faces[] = {
      {"fileRead", Read},
      {"fileReadAsync", ReadAsync},
      {"fileWrite", Write},
      {"fileWriteAsync", WriteAsync},
      {"fileNextData", NextData},
      {"fileNextHole", NextHole},
      {"filePunchHole", PunchHole},
      {"filePunchHoleAsync", PunchHoleAsync},
      {"fileAllocate", Allocate},
      {"fileCopyRuns", CopyRuns},
      {"fileCopyRunsAsync", CopyRunsAsync},
      {"fileCloneRange", CloneRange},
      {"fileClone", CloneFile},
      {"fileCloneAsync", CloneFileAsync},
      {"fileSync", Sync},
      {"fileSyncAsync", SyncAsync},
      {"fileStartWriteback", StartWriteback},
      {"fileAdvise", Advise},
      {"fileOpenBeneath", OpenBeneath},
      {"fileSetTimes", SetTimes},
      {"fileLock", Lock},
  };
  for (const auto& face : faces) Export(env, exports, face.name, face.function);
}

}  // namespace pfs
