// bind_plane.cc: the face of the planes: one connection's sealing and opening, a train or a run per call.
//
// planeCreate(slabBytes) -> plane
// planeUsePaths(plane, count)
// planeUseSendKeys(plane, phase, suite, key, iv) · planeAddReceiveKeys(plane, phase, suite, key, iv)
// planeForgetReceiveKeys(plane, phase) · planeSetDestination(plane, id) · planeSetWindow(plane, stream, base, limit)
// planeForgetStream(plane, stream) · planeDropSlab(plane, stream, index)
// planeSendTrain(plane, socket, address | null, path, number, packets, stream, offset, payloadBytes,
//   part…)
// planeSealTrain(plane, target, path, number, packets, stream, offset, payloadBytes, part…)
// planeSealFrames(plane, packet, path, number)
// planeOpen(plane, localId, bytes, from, segmentBytes, records, slabOf) -> bytes taken; records[0] = their count

#include "bind.h"
#include "napi_args.h"
#include "udp/receive_plane.h"
#include "udp/send_plane.h"
#include "udp_handle.h"

namespace pfs {
namespace {

using Parts = std::span<const std::span<const uint8_t>>;

// Parts of one train: the arguments that are left. JavaScript gathers itself what lies in more places.
constexpr size_t kPartsMax = 4;
// A slab no larger than this is one argument; larger ones are our own bug.
constexpr size_t kSlabBytesMax = size_t{1} << 26;

struct PlaneHandle {
  static constexpr napi_type_tag kTag = {0x706673706c616e65, 0x1};
  explicit PlaneHandle(size_t slab_bytes) noexcept : receive(slab_bytes), slab_bytes(slab_bytes) {}
  udp::SendPlane send;
  udp::ReceivePlane receive;
  const size_t slab_bytes;
};

// Asks JavaScript for memory: once a slab, not once a packet.
class JsSlabs final : public udp::SlabSource {
 public:
  JsSlabs(napi_env env, napi_value slab_of, size_t slab_bytes) noexcept
      : env_(env), slab_of_(slab_of), slab_bytes_(slab_bytes) {}

  uint8_t* Slab(uint16_t stream, uint64_t index) noexcept override {
    napi_value undefined, result, arguments[2] = {ToJs(env_, double(stream)), ToJs(env_, double(index))};
    napi_get_undefined(env_, &undefined);
    if (napi_call_function(env_, undefined, slab_of_, 2, arguments, &result) != napi_ok) return nullptr;
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    const bool is_memory =
        napi_get_typedarray_info(env_, result, &type, &length, &data, nullptr, nullptr) == napi_ok &&
        type == napi_uint8_array && length == slab_bytes_;
    return is_memory ? static_cast<uint8_t*>(data) : nullptr;
  }

 private:
  napi_env env_;
  napi_value slab_of_;
  size_t slab_bytes_;
};

napi_value Create(napi_env env, napi_callback_info info) {
  Args args(env, info, "planeCreate");
  const size_t slab_bytes = args.U32(0);
  if (!args.Failed() && (slab_bytes == 0 || slab_bytes > kSlabBytesMax)) args.Fail(0, "the size of a slab");
  if (args.Failed()) return nullptr;
  return MakeHandle(env, std::make_unique<PlaneHandle>(slab_bytes));
}

std::unique_ptr<aead::Cipher> CipherOf(Args& args) noexcept {
  const auto suite = static_cast<aead::Suite>(args.U32(2));
  const auto key = args.Bytes(3);
  const auto iv = args.Bytes(4);
  if (args.Failed()) return nullptr;
  if (!aead::HasSuite(suite)) args.Fail(2, "a suite that this machine has");
  else if (key.size() != aead::KeyBytes(suite)) args.Fail(3, "a key of the suite's length");
  else if (iv.size() != aead::NonceBytes(suite)) args.Fail(4, "an iv of the suite's length");
  return args.Failed() ? nullptr : aead::MakeCipher(suite, key.data(), iv.data());
}

// Both directions take (plane, phase, suite, key, iv).
template <class Take>
napi_value TakeKeys(napi_env env, napi_callback_info info, const char* name, Take take) {
  Args args(env, info, name);
  auto* plane = args.Handle<PlaneHandle>(0);
  const uint32_t phase = args.U32(1);
  auto cipher = CipherOf(args);
  if (!args.Failed()) take(*plane, phase, std::move(cipher));
  return nullptr;
}

napi_value UseSendKeys(napi_env env, napi_callback_info info) {
  return TakeKeys(env, info, "planeUseSendKeys", [](PlaneHandle& plane, uint32_t phase, auto cipher) {
    plane.send.UseKeys(phase, std::move(cipher));
  });
}

napi_value AddReceiveKeys(napi_env env, napi_callback_info info) {
  return TakeKeys(env, info, "planeAddReceiveKeys", [](PlaneHandle& plane, uint32_t phase, auto cipher) {
    plane.receive.AddKeys(phase, std::move(cipher));
  });
}

napi_value ForgetReceiveKeys(napi_env env, napi_callback_info info) {
  Args args(env, info, "planeForgetReceiveKeys");
  auto* plane = args.Handle<PlaneHandle>(0);
  const uint32_t phase = args.U32(1);
  if (!args.Failed()) plane->receive.ForgetKeys(phase);
  return nullptr;
}

napi_value SetDestination(napi_env env, napi_callback_info info) {
  Args args(env, info, "planeSetDestination");
  auto* plane = args.Handle<PlaneHandle>(0);
  const auto id = args.Bytes(1);
  if (!args.Failed() && id.size() != udp::kIdBytes) args.Fail(1, "a connection id");
  if (!args.Failed()) plane->send.SetDestination(id.first<udp::kIdBytes>());
  return nullptr;
}

uint16_t StreamOf(Args& args, size_t at) noexcept {
  const uint32_t stream = args.U32(at);
  if (!args.Failed() && stream > 0xffff) args.Fail(at, "a stream number");
  return static_cast<uint16_t>(stream);
}

uint8_t PathOf(Args& args, size_t at) noexcept {
  const uint32_t path = args.U32(at);
  if (!args.Failed() && path >= udp::kPathsMax) args.Fail(at, "the number of a path");
  return static_cast<uint8_t>(path);
}

napi_value UsePaths(napi_env env, napi_callback_info info) {
  Args args(env, info, "planeUsePaths");
  auto* plane = args.Handle<PlaneHandle>(0);
  const uint32_t count = args.U32(1);
  if (!args.Failed() && (count == 0 || count > udp::kPathsMax)) args.Fail(1, "a number of paths");
  if (!args.Failed()) plane->receive.UsePaths(count);
  return nullptr;
}

napi_value SetWindow(napi_env env, napi_callback_info info) {
  Args args(env, info, "planeSetWindow");
  auto* plane = args.Handle<PlaneHandle>(0);
  const uint16_t stream = StreamOf(args, 1);
  const uint64_t base = args.Offset(2);
  const uint64_t limit = args.Offset(3);
  if (!args.Failed()) plane->receive.SetWindow(stream, base, limit);
  return nullptr;
}

napi_value ForgetStream(napi_env env, napi_callback_info info) {
  Args args(env, info, "planeForgetStream");
  auto* plane = args.Handle<PlaneHandle>(0);
  const uint16_t stream = StreamOf(args, 1);
  if (!args.Failed()) plane->receive.ForgetStream(stream);
  return nullptr;
}

napi_value DropSlab(napi_env env, napi_callback_info info) {
  Args args(env, info, "planeDropSlab");
  auto* plane = args.Handle<PlaneHandle>(0);
  const uint16_t stream = StreamOf(args, 1);
  const uint64_t index = args.Offset(2);
  if (!args.Failed()) plane->receive.DropSlab(stream, index);
  return nullptr;
}

// The train's fields from argument `at` on, and its payload behind them.
struct TrainArgs {
  udp::TrainPlan plan;
  std::span<const uint8_t> parts[kPartsMax];
  size_t count = 0;

  TrainArgs(Args& args, size_t at) noexcept {
    plan.path = PathOf(args, at);
    plan.first_number = args.Offset(at + 1);
    plan.packets = args.U32(at + 2);
    plan.stream = StreamOf(args, at + 3);
    plan.offset = args.Offset(at + 4);
    plan.payload_bytes = args.U32(at + 5);
    plan.length_bytes = 0;
    for (size_t i = at + 6; i < args.Count() && count < kPartsMax; i++) {
      parts[count] = args.Bytes(i);
      plan.length_bytes += parts[count++].size();
    }
    if (!args.Failed() && plan.WireBytes() == 0) args.Fail(at, "a train whose fields agree");
  }

  Parts Payload() const noexcept { return {parts, count}; }
};

napi_value SendTrain(napi_env env, napi_callback_info info) {
  Args args(env, info, "planeSendTrain");
  auto* plane = args.Handle<PlaneHandle>(0);
  auto* socket = args.Handle<SocketHandle>(1);
  const sockaddr_storage* to = SockaddrArgument(args, 2);
  const TrainArgs train(args, 3);
  if (args.Failed()) return nullptr;
  const size_t bytes = train.plan.WireBytes();
  uint8_t* target = socket->socket && plane->send.HasKeys() && bytes <= udp::kTrainBytesMax
                        ? socket->socket->TrainBuffer()
                        : nullptr;
  // false: nothing was sealed, and the caller must not have asked
  if (target == nullptr || !plane->send.SealTrain(train.plan, train.Payload(), target)) return ToJs(env, false);
  const size_t segment_bytes = train.plan.payload_bytes + udp::kDataOverheadBytes;
  socket->socket->SendTrain(to, bytes, static_cast<uint16_t>(segment_bytes));
  return ToJs(env, true);
}

napi_value SealTrain(napi_env env, napi_callback_info info) {
  Args args(env, info, "planeSealTrain");
  auto* plane = args.Handle<PlaneHandle>(0);
  const auto target = args.Bytes(1);
  const TrainArgs train(args, 2);
  if (!args.Failed() && target.size() < train.plan.WireBytes()) args.Fail(1, "room for the train");
  if (args.Failed()) return nullptr;
  return ToJs(env, plane->send.SealTrain(train.plan, train.Payload(), target.data()));
}

napi_value SealFrames(napi_env env, napi_callback_info info) {
  Args args(env, info, "planeSealFrames");
  auto* plane = args.Handle<PlaneHandle>(0);
  const auto packet = args.Bytes(1);
  const uint8_t path = PathOf(args, 2);
  const uint64_t number = args.Offset(3);
  if (!args.Failed() && (packet.size() < udp::kFramesOverheadBytes || packet.size() > udp::kDatagramBytesMax))
    args.Fail(1, "a packet with room for its header and tag");
  if (!args.Failed() && !plane->send.HasKeys()) args.Fail(0, "a plane with send keys");
  if (!args.Failed()) plane->send.SealFrames(path, number, packet);
  return nullptr;
}

napi_value Open(napi_env env, napi_callback_info info) {
  Args args(env, info, "planeOpen");
  auto* plane = args.Handle<PlaneHandle>(0);
  const auto id = args.Bytes(1);
  const auto bytes = args.Bytes(2);
  const uint64_t from = args.Offset(3);
  const uint32_t segment_bytes = args.U32(4);
  const auto records = args.Doubles(5);
  if (!args.Failed() && id.size() != udp::kIdBytes) args.Fail(1, "a connection id");
  if (!args.Failed() && from > bytes.size()) args.Fail(3, "a place in the run");
  // the first number is the count
  if (!args.Failed() && records.size() < 1 + udp::kRunRecordsMax * udp::kRecordNumbers)
    args.Fail(5, "room for a record per datagram");
  if (args.Failed()) return nullptr;
  JsSlabs slabs(env, args.Value(6), plane->slab_bytes);
  udp::Report report(records.data() + 1);
  const size_t taken = plane->receive.Open(bytes.data() + from, bytes.size() - from, segment_bytes, id.data(),
                                           slabs, report);
  records[0] = static_cast<double>(report.Records());
  return ToJs(env, static_cast<double>(taken));
}

}  // namespace

void BindPlane(napi_env env, napi_value exports) {
  Export(env, exports, "planeCreate", Create);
  Export(env, exports, "planeUsePaths", UsePaths);
  Export(env, exports, "planeUseSendKeys", UseSendKeys);
  Export(env, exports, "planeAddReceiveKeys", AddReceiveKeys);
  Export(env, exports, "planeForgetReceiveKeys", ForgetReceiveKeys);
  Export(env, exports, "planeSetDestination", SetDestination);
  Export(env, exports, "planeSetWindow", SetWindow);
  Export(env, exports, "planeForgetStream", ForgetStream);
  Export(env, exports, "planeDropSlab", DropSlab);
  Export(env, exports, "planeSendTrain", SendTrain);
  Export(env, exports, "planeSealTrain", SealTrain);
  Export(env, exports, "planeSealFrames", SealFrames);
  Export(env, exports, "planeOpen", Open);
}

}  // namespace pfs
