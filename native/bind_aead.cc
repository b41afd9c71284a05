// bind_aead.cc: the face of aead/. Checks, converts, calls.
//
//   hasSuite(suite) -> bool                    aeadKernel(suite) -> name of what does it here
//   createCipher(suite, key, iv) -> handle     undefined where hasSuite is false
//   sealTrain(handle, bytes, stride, packetBytes, lastPacketBytes, count, path, firstNumber, headerBytes)
//   open(handle, packet, headerBytes, path, number) -> bool
//   openTrain(handle, bytes, stride, packetBytes, lastPacketBytes, count, path, firstNumber, headerBytes, opened)
//       -> how many are authentic; opened[i] is 1 or 0
//   sealPacket(handle, packet, headerBytes, nonce), openPacket(handle, packet, headerBytes, nonce) -> bool
//   aegis128lSeal(key, nonce, header, text, tag), aegis128lOpen(… the same) -> bool: tags of 16 or 32 bytes

#include <memory>
#include <span>
#include <utility>

#include "aead/aead.h"
#include "aead/aegis128l.h"
#include "bind.h"
#include "napi_args.h"

namespace pfs {
namespace {

using aead::Cipher;
using aead::Suite;

struct CipherHandle {
  // of our own making, at random
  static constexpr napi_type_tag kTag = {0x8f1d0a6b52c94e37, 0xa4e6c07b193d58f2};
  std::unique_ptr<Cipher> cipher;
  size_t nonce_bytes;
};

// A train is one system call's datagrams at most: GSO takes 64 segments.
constexpr uint32_t kTrainPacketsMax = 64;

Suite SuiteAt(Args& args, size_t at) noexcept {
  const uint32_t number = args.U32(at);
  if (number < 1 || number > 3) args.Fail(at, "the number of a suite");
  return static_cast<Suite>(number);
}

napi_value HasSuite(napi_env env, napi_callback_info info) {
  Args args(env, info, "hasSuite");
  const Suite suite = SuiteAt(args, 0);
  return args.Failed() ? nullptr : ToJs(env, aead::HasSuite(suite));
}

napi_value AeadKernel(napi_env env, napi_callback_info info) {
  Args args(env, info, "aeadKernel");
  const Suite suite = SuiteAt(args, 0);
  return args.Failed() ? nullptr : ToJs(env, aead::Kernel(suite));
}

napi_value CreateCipher(napi_env env, napi_callback_info info) {
  Args args(env, info, "createCipher");
  const Suite suite = SuiteAt(args, 0);
  const std::span<uint8_t> key = args.Bytes(1);
  const std::span<uint8_t> iv = args.Bytes(2);
  if (args.Failed()) return nullptr;
  if (key.size() != aead::KeyBytes(suite)) args.Fail(1, "a key of the suite's length");
  if (iv.size() != aead::NonceBytes(suite)) args.Fail(2, "an iv of the suite's length");
  if (args.Failed()) return nullptr;
  auto handle = std::make_unique<CipherHandle>();
  handle->cipher = aead::MakeCipher(suite, key.data(), iv.data());
  handle->nonce_bytes = iv.size();
  return handle->cipher ? MakeHandle(env, std::move(handle)) : nullptr;
}

struct TrainCall {
  Cipher* cipher;
  aead::Train train;
  size_t header_bytes;
};

// The first nine arguments of sealTrain and openTrain, which lie in bounds when nothing Failed.
TrainCall TrainOf(Args& args) noexcept {
  CipherHandle* const handle = args.Handle<CipherHandle>(0);
  const std::span<uint8_t> bytes = args.Bytes(1);
  const size_t stride = args.U32(2);
  const size_t packet = args.U32(3);
  const size_t last = args.U32(4);
  const uint32_t count = args.U32(5);
  const uint32_t path = args.U32(6);
  const uint64_t first = args.Offset(7);
  const size_t header = args.U32(8);
  if (args.Failed()) return {};
  const size_t least = header + aead::kTagBytes;
  if (stride < packet) args.Fail(2, "at least a packet's length");
  if (packet < least) args.Fail(3, "at least header and tag");
  if (last < least || last > packet) args.Fail(4, "at least header and tag, at most packetBytes");
  if (count == 0 || count > kTrainPacketsMax) args.Fail(5, "a number of packets from 1 to 64");
  else if ((count - 1) * stride + last > bytes.size()) args.Fail(1, "long enough for the train");
  if (args.Failed()) return {};
  return {handle->cipher.get(), {bytes.data(), stride, packet, last, count, path, first}, header};
}

napi_value SealTrain(napi_env env, napi_callback_info info) {
  Args args(env, info, "sealTrain");
  const TrainCall call = TrainOf(args);
  if (!args.Failed()) call.cipher->SealTrain(call.train, call.header_bytes);
  return nullptr;
}

napi_value OpenTrain(napi_env env, napi_callback_info info) {
  Args args(env, info, "openTrain");
  const TrainCall call = TrainOf(args);
  const std::span<uint8_t> verdicts = args.Bytes(9);
  if (args.Failed()) return nullptr;
  const aead::Train& train = call.train;
  if (verdicts.size() < train.count) {
    args.Fail(9, "a byte for each packet");
    return nullptr;
  }
  Cipher::Sealed sealed[kTrainPacketsMax];
  bool opened[kTrainPacketsMax];
  for (uint32_t i = 0; i < train.count; i++)
    sealed[i] = {train.packets + i * train.stride_bytes,
                 i + 1 == train.count ? train.last_packet_bytes : train.packet_bytes, train.first_number + i};
  call.cipher->OpenMany(sealed, train.count, call.header_bytes, train.path, opened);
  uint32_t authentic = 0;
  for (uint32_t i = 0; i < train.count; i++) {
    verdicts[i] = opened[i] ? 1 : 0;
    authentic += verdicts[i];
  }
  return ToJs(env, static_cast<double>(authentic));
}

napi_value Open(napi_env env, napi_callback_info info) {
  Args args(env, info, "open");
  CipherHandle* const handle = args.Handle<CipherHandle>(0);
  const std::span<uint8_t> packet = args.Bytes(1);
  const size_t header = args.U32(2);
  const uint32_t path = args.U32(3);
  const uint64_t number = args.Offset(4);
  if (args.Failed()) return nullptr;
  return ToJs(env, handle->cipher->Open(packet.data(), packet.size(), header, path, number));
}

struct PacketCall {
  Cipher* cipher;
  std::span<uint8_t> packet;
  size_t header_bytes;
  const uint8_t* nonce;
};

PacketCall PacketOf(Args& args) noexcept {
  CipherHandle* const handle = args.Handle<CipherHandle>(0);
  const std::span<uint8_t> packet = args.Bytes(1);
  const size_t header = args.U32(2);
  const std::span<uint8_t> nonce = args.Bytes(3);
  if (args.Failed()) return {};
  if (nonce.size() != handle->nonce_bytes) args.Fail(3, "a nonce of the suite's length");
  return {handle->cipher.get(), packet, header, nonce.data()};
}

napi_value SealPacket(napi_env env, napi_callback_info info) {
  Args args(env, info, "sealPacket");
  const PacketCall call = PacketOf(args);
  if (args.Failed()) return nullptr;
  if (call.packet.size() < call.header_bytes + aead::kTagBytes)
    args.Fail(1, "at least header and tag");
  else
    call.cipher->SealWith(call.nonce, call.packet.data(), call.packet.size(), call.header_bytes);
  return nullptr;
}

napi_value OpenPacket(napi_env env, napi_callback_info info) {
  Args args(env, info, "openPacket");
  const PacketCall call = PacketOf(args);
  if (args.Failed()) return nullptr;
  return ToJs(env,
              call.cipher->OpenWith(call.nonce, call.packet.data(), call.packet.size(), call.header_bytes));
}

struct AegisCall {
  std::span<uint8_t> key, nonce, header, text, tag;
};

AegisCall AegisOf(Args& args) noexcept {
  const AegisCall call = {args.Bytes(0), args.Bytes(1), args.Bytes(2), args.Bytes(3), args.Bytes(4)};
  if (call.key.size() != aead::aegis128l::kKeyBytes) args.Fail(0, "16 bytes");
  if (call.nonce.size() != aead::aegis128l::kNonceBytes) args.Fail(1, "16 bytes");
  if (call.tag.size() != aead::kTagBytes && call.tag.size() != aead::aegis128l::kLongTagBytes)
    args.Fail(4, "16 or 32 bytes");
  if (aead::aegis128l::Single() == nullptr) args.Fail(0, "on a machine with AES instructions");
  return call;
}

napi_value Aegis128LSeal(napi_env env, napi_callback_info info) {
  Args args(env, info, "aegis128lSeal");
  const AegisCall c = AegisOf(args);
  if (args.Failed()) return nullptr;
  aead::aegis128l::Seal(c.key.data(), c.nonce.data(), c.header.data(), c.header.size(), c.text.data(),
                        c.text.size(), c.tag.data(), c.tag.size());
  return nullptr;
}

napi_value Aegis128LOpen(napi_env env, napi_callback_info info) {
  Args args(env, info, "aegis128lOpen");
  const AegisCall c = AegisOf(args);
  if (args.Failed()) return nullptr;
  return ToJs(env, aead::aegis128l::Open(c.key.data(), c.nonce.data(), c.header.data(), c.header.size(),
                                         c.text.data(), c.text.size(), c.tag.data(), c.tag.size()));
}

}  // namespace

void BindAead(napi_env env, napi_value exports) {
  Export(env, exports, "hasSuite", HasSuite);
  Export(env, exports, "aeadKernel", AeadKernel);
  Export(env, exports, "createCipher", CreateCipher);
  Export(env, exports, "sealTrain", SealTrain);
  Export(env, exports, "open", Open);
  Export(env, exports, "openTrain", OpenTrain);
  Export(env, exports, "sealPacket", SealPacket);
  Export(env, exports, "openPacket", OpenPacket);
  Export(env, exports, "aegis128lSeal", Aegis128LSeal);
  Export(env, exports, "aegis128lOpen", Aegis128LOpen);
}

}  // namespace pfs
