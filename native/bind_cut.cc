// bind_cut.cc: the face of cut/. Checks, converts, calls. Rows are those of a recipe, 36 bytes each; a cursor
// is the state of a scan in an array that JavaScript has, so that a call allocates nothing.

#include <algorithm>
#include <memory>
#include <utility>

#include "bind.h"
#include "cut/partition.h"
#include "napi_args.h"
#include "napi_async.h"

namespace pfs {
namespace {

// What a cursor's places mean; src/host/cut_native.ts has the same list.
enum Cursor : size_t { kOffset, kStart, kEnd, kSearched, kErrno, kIsShort, kCursorPlaces };

// A job's rows must hold some of the longest chunks, or it might end where it began.
constexpr size_t kJobRowsMin = 64;

struct CutterHandle {
  static constexpr napi_type_tag kTag = {0x6e07c1f6b5a94d27, 0x9a4f3d1c2b8e7051};
  std::shared_ptr<const cut::Cutter> cutter;
};

struct JobHandle {
  static constexpr napi_type_tag kTag = {0x2f9d84e05c7b4a13, 0x86b1e7a0d94c352f};
  std::shared_ptr<cut::FileJob> job;
};

// cutCutter(table, key, threshold, minBytes, maxBytes) -> cutter
napi_value NewCutter(napi_env env, napi_callback_info info) {
  Args args(env, info, "cutCutter");
  const auto table = args.Words(0);
  const auto key = args.Bytes(1);
  const uint32_t threshold = args.U32(2), min_bytes = args.U32(3), max_bytes = args.U32(4);
  if (args.Failed()) return nullptr;
  if (table.size() != 256) args.Fail(0, "256 words");
  if (key.size() != hash::kKeyBytes) args.Fail(1, "a key of 32 bytes");
  if (min_bytes < cut::kWindowBytes || max_bytes <= min_bytes)
    args.Fail(3, "at least 32 and less than maxBytes");
  if (args.Failed()) return nullptr;
  auto cutter = std::make_shared<cut::Cutter>();
  cut::MakeCutter(table.data(), key.data(), threshold, min_bytes, max_bytes, cutter.get());
  return MakeHandle(env, std::make_unique<CutterHandle>(CutterHandle{std::move(cutter)}));
}

// cutBytes(cutter, bytes, isLast, rows) -> how many rows
napi_value Bytes(napi_env env, napi_callback_info info) {
  Args args(env, info, "cutBytes");
  const auto* handle = args.Handle<CutterHandle>(0);
  const auto bytes = args.Bytes(1);
  const bool is_last = args.Bool(2);
  const auto rows = args.Bytes(3);
  if (args.Failed()) return nullptr;
  size_t searched = 0;
  const cut::Scanned scanned =
      cut::ScanBuffer(*handle->cutter, bytes.data(), bytes.size(), is_last, rows.data(),
                      rows.size() / cut::kRowBytes, &searched);
  return ToJs(env, static_cast<double>(scanned.rows));
}

// cutFile(cutter, fd, limit, isFinal, buffer, cursor, rows) -> how many rows; a fault is in the cursor
napi_value File(napi_env env, napi_callback_info info) {
  Args args(env, info, "cutFile");
  const auto* handle = args.Handle<CutterHandle>(0);
  cut::FilePart part{};
  part.fd = args.Fd(1);
  part.limit = args.Offset(2);
  part.is_final = args.Bool(3);
  const auto buffer = args.Bytes(4);
  const auto cursor = args.Doubles(5);
  const auto rows = args.Bytes(6);
  if (args.Failed()) return nullptr;
  const auto place = [&](size_t at, double most) {
    const double value = at < cursor.size() ? cursor[at] : -1;
    if (!(value >= 0 && value <= most)) args.Fail(5, "a cursor into the buffer");
    return args.Failed() ? uint64_t{0} : static_cast<uint64_t>(value);
  };
  if (cursor.size() != kCursorPlaces) args.Fail(5, "a cursor");
  cut::Window window{buffer.data(), buffer.size()};
  window.offset = place(kOffset, 9007199254740991.0);
  window.end = place(kEnd, static_cast<double>(buffer.size()));
  window.start = place(kStart, static_cast<double>(window.end));
  window.searched = place(kSearched, static_cast<double>(window.end - window.start));
  if (args.Failed()) return nullptr;
  const size_t count =
      cut::ScanFile(*handle->cutter, part, &window, rows.data(), rows.size() / cut::kRowBytes);
  cursor[kOffset] = static_cast<double>(window.offset);
  cursor[kStart] = static_cast<double>(window.start);
  cursor[kEnd] = static_cast<double>(window.end);
  cursor[kSearched] = static_cast<double>(window.searched);
  cursor[kErrno] = window.error;
  cursor[kIsShort] = window.is_short ? 1 : 0;
  return ToJs(env, static_cast<double>(count));
}

// cutJob(cutter, fd, from, limit, isFinal, rows) -> job
napi_value NewJob(napi_env env, napi_callback_info info) {
  Args args(env, info, "cutJob");
  const auto* handle = args.Handle<CutterHandle>(0);
  cut::FilePart part{};
  part.fd = args.Fd(1);
  const uint64_t from = args.Offset(2);
  part.limit = args.Offset(3);
  part.is_final = args.Bool(4);
  const auto rows = args.Bytes(5);
  if (args.Failed()) return nullptr;
  if (rows.size() < kJobRowsMin * cut::kRowBytes) args.Fail(5, "room for 64 rows or more");
  if (args.Failed()) return nullptr;
  auto job = std::make_shared<cut::FileJob>(handle->cutter, part, from, rows.data(),
                                            rows.size() / cut::kRowBytes);
  return MakeHandle(env, std::make_unique<JobHandle>(JobHandle{std::move(job)}));
}

struct Share {
  int error = 0;  // the job tells its own
  std::shared_ptr<cut::FileJob> job;
  void Run() noexcept { job->Run(); }
  napi_value Value(napi_env env) noexcept { return ToJs(env, true); }
};

// cutJobRun(job, rows) -> promise: one thread of the pool works at it, and the rows are kept for so long
napi_value RunJob(napi_env env, napi_callback_info info) {
  Args args(env, info, "cutJobRun");
  const auto* handle = args.Handle<JobHandle>(0);
  const napi_value rows = args.Value(1);
  if (args.Failed()) return nullptr;
  auto share = std::make_unique<Share>();
  share->job = handle->job;
  return Async<Share>::Start(env, std::move(share), {rows});
}

// cutJobEnd(job, cursor) -> how many rows. The cursor's offset is where the chunk behind them begins.
napi_value JobEnd(napi_env env, napi_callback_info info) {
  Args args(env, info, "cutJobEnd");
  const auto* handle = args.Handle<JobHandle>(0);
  const auto cursor = args.Doubles(1);
  if (args.Failed()) return nullptr;
  if (cursor.size() != kCursorPlaces) args.Fail(1, "a cursor");
  if (args.Failed()) return nullptr;
  const cut::FileJob& job = *handle->job;
  cursor[kOffset] = static_cast<double>(job.Position());
  cursor[kErrno] = job.Error();
  cursor[kIsShort] = job.IsShort() ? 1 : 0;
  return ToJs(env, static_cast<double>(job.Rows()));
}

// cutKernel() -> the name of the kernel in use, for `pfs doctor`
napi_value Kernel(napi_env env, napi_callback_info) { return ToJs(env, cut::CutKernel()); }

}  // namespace

void BindCut(napi_env env, napi_value exports) {
  Export(env, exports, "cutCutter", NewCutter);
  Export(env, exports, "cutBytes", Bytes);
  Export(env, exports, "cutFile", File);
  Export(env, exports, "cutJob", NewJob);
  Export(env, exports, "cutJobRun", RunJob);
  Export(env, exports, "cutJobEnd", JobEnd);
  Export(env, exports, "cutKernel", Kernel);
  BindCutRecord(env, exports);
}

}  // namespace pfs
