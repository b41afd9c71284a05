// bind_cut_record.cc: the face of cut/record. Checks, converts, calls.

#include "bind.h"
#include "cut/record.h"
#include "napi_args.h"

namespace pfs {
namespace {

// recordPut(type, rows, chunks, offset, target, at) -> where in the target the records end
napi_value Put(napi_env env, napi_callback_info info) {
  Args args(env, info, "recordPut");
  const uint32_t type = args.U32(0);
  const auto rows = args.Bytes(1);
  const auto chunks = args.Bytes(2);
  const uint64_t offset = args.Offset(3);
  const auto target = args.Bytes(4);
  const uint64_t at = args.Offset(5);
  if (args.Failed()) return nullptr;
  const cut::RecordSizes sizes = cut::SizesOf(rows);
  if (type > 0xff) args.Fail(0, "8 bits");
  if (rows.size() % cut::kRowBytes != 0) args.Fail(1, "whole rows");
  if (sizes.chunks != chunks.size()) args.Fail(2, "the bytes of the rows");
  if (at > target.size() || sizes.records > target.size() - at) args.Fail(4, "room for the records");
  if (args.Failed()) return nullptr;
  cut::PutRecords(static_cast<uint8_t>(type), rows, chunks.data(), offset, target.data() + at);
  return ToJs(env, static_cast<double>(at + sizes.records));
}

}  // namespace

void BindCutRecord(napi_env env, napi_value exports) { Export(env, exports, "recordPut", Put); }

}  // namespace pfs
