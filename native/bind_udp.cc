// bind_udp.cc: the face of udp/: sockets on the event loop of the thread that opens them.
//
// udpSockaddr(host, port, isSix, local?, into?) -> bytes, or null for what is no literal; local: leave from there;
//   into: memory of an earlier one, which is written over and returned
// udpOpen(bind, peer|null, bufferBytes, switches, receiveMemory, arrivals, status, onEvent)
//   -> handle, or an errno
// udpReceive(handle, arrivalsMax, cookieKeys?, known?, answersLeft?) -> how many came, each six words of `arrivals`:
//   number of the sender, is the number new, length, segment size, ECN bits, offset in receiveMemory
//   cookieKeys: strangers are turned away, as udp/gate.h has it; how many, and how many of them were answered, is in
//   `status`
// udpSender(handle, i) -> { host, port, local? } of arrival i: asked for when its number is new; local: where it
//   came to, on a socket bound to no address of its own
// udpGather(handle, sockaddr|null, datagram)
// udpSetEcn(handle, bits): the ECN field of what is handed over from now on
// udpFlush(handle): what was gathered leaves
// udpSend(handle, sockaddr|null, bytes, segmentBytes) -> was there room for the train
// udpSetTimer(handle, micros)
// udpCounters(handle, out)
// udpLocal(handle) -> { host, port }
// udpInject(handle, call, times, error, taken): for tests
// udpClose(handle)
//
// src/host/udp_addon.ts is its other half.

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bind.h"
#include "napi_args.h"
#include "udp/address.h"
#include "udp/gate.h"
#include "udp_handle.h"
#include "udp_loop.h"

namespace pfs {

enum Switch : uint32_t { kSwitchGso = 1, kSwitchGro = 2, kSwitchEcn = 4, kSwitchOnlySix = 16 };
// Words of one arrival.
static constexpr size_t kArrivalWords = 6;

const sockaddr_storage* SockaddrArgument(Args& args, size_t at) noexcept {
  if (!args.Has(at)) return nullptr;
  const auto bytes = args.Bytes(at);
  const auto* address = reinterpret_cast<const sockaddr_storage*>(bytes.data());
  const bool is_aligned = reinterpret_cast<uintptr_t>(address) % alignof(sockaddr_storage) == 0;
  if (!args.Failed() && bytes.size() == sizeof(sockaddr_storage) && is_aligned &&
      udp::AddressLength(*address) != 0)
    return address;
  args.Fail(at, "an address of udpSockaddr");
  return nullptr;
}

// The handle, while it is open; to a closed one nothing is done.
static SocketHandle* OpenHandle(Args& args) noexcept {
  auto* handle = args.Handle<SocketHandle>(0);
  return !args.Failed() && handle->socket ? handle : nullptr;
}

static napi_value Sockaddr(napi_env env, napi_callback_info info) {
  Args args(env, info, "udpSockaddr");
  const std::string host = args.Text(0, 128);
  const uint32_t port = args.U32(1);
  const bool is_six = args.Bool(2);
  const std::string local = args.Has(3) ? args.Text(3, 128) : std::string();
  const auto into = args.Has(4) ? args.Bytes(4) : std::span<uint8_t>();
  if (!args.Failed() && !into.empty() && into.size() != sizeof(sockaddr_storage))
    args.Fail(4, "an address of udpSockaddr");
  if (!args.Failed() && port > 0xffff) args.Fail(1, "a port");
  if (args.Failed()) return nullptr;
  sockaddr_storage address, source{};
  napi_value result = nullptr, buffer = nullptr;
  const int family = is_six ? AF_INET6 : AF_INET;
  bool is_one = udp::ParseAddress(host.c_str(), static_cast<uint16_t>(port), family, &address);
  if (is_one && !local.empty()) {
    is_one = udp::ParseAddress(local.c_str(), 0, family, &source);
    udp::SetSource(&address, udp::AsSource(source));
  }
  if (!is_one) {
    napi_get_null(env, &result);
    return result;
  }
  if (!into.empty()) {
    std::memcpy(into.data(), &address, sizeof address);
    return args.Value(4);
  }
  void* data = nullptr;
  napi_create_arraybuffer(env, sizeof address, &data, &buffer);
  if (data == nullptr) return nullptr;
  std::memcpy(data, &address, sizeof address);
  napi_create_typedarray(env, napi_uint8_array, sizeof address, buffer, 0, &result);
  return result;
}

static napi_value Open(napi_env env, napi_callback_info info) {
  Args args(env, info, "udpOpen");
  const sockaddr_storage* bind = SockaddrArgument(args, 0);
  const sockaddr_storage* peer = SockaddrArgument(args, 1);
  const uint32_t buffer_bytes = args.U32(2);
  const uint32_t switches = args.U32(3);
  const auto memory = args.Bytes(4);
  const auto arrivals = args.Words(5);
  const auto status = args.Words(6);
  const napi_value callback = args.Value(7);
  if (!bind) args.Fail(0, "an address of udpSockaddr");
  if (!args.Failed() && buffer_bytes > 0x7fffffff) args.Fail(2, "a positive int");
  if (!args.Failed() && memory.size() < udp::kSlots * udp::kSlotBytes) args.Fail(4, "16 slots of 64 KiB");
  if (!args.Failed() && arrivals.size() < udp::kSlots * kArrivalWords) args.Fail(5, "six words a slot");
  if (!args.Failed() && status.size() < kUdpStatusWords) args.Fail(6, "five words");
  if (args.Failed()) return nullptr;
  udp::SocketOptions options{};
  options.bind = *bind;
  options.peer = peer;
  options.buffer_bytes = static_cast<int>(buffer_bytes);
  options.gso = switches & kSwitchGso;
  options.gro = switches & kSwitchGro;
  options.ecn = switches & kSwitchEcn;
  options.only_six = switches & kSwitchOnlySix;
  int error = 0;
  auto handle = std::make_unique<SocketHandle>();
  handle->words = arrivals.data();
  handle->memory = memory.data();
  handle->senders = std::make_unique<udp::Senders>();
  handle->socket = udp::Socket::Open(options, memory.data(), &error);
  if (!handle->socket) return ToJs(env, static_cast<double>(error));
  if (!UdpLoop::Start(env, handle.get(), status.data(), callback,
                      {args.Value(4), args.Value(5), args.Value(6)}))
    return ToJs(env, static_cast<double>(EMFILE));
  return MakeHandle(env, std::move(handle));
}

// True where there is one.
static bool GateArguments(Args& args, size_t at, udp::Gate* gate) noexcept {
  if (!args.Has(at)) return false;
  *gate = {args.Bytes(at), args.HalfWords(at + 1), args.U32(at + 2)};
  const size_t keys = gate->keys.size() / hash::kSipKeyBytes;
  if (!args.Failed() && (keys < 1 || keys > 2 || gate->keys.size() % hash::kSipKeyBytes != 0))
    args.Fail(at, "one key of cookies, or two");
  if (!args.Failed() && (gate->known.size() & (gate->known.size() - 1)) != 0)
    args.Fail(at + 1, "a power of two of counts");
  return !args.Failed();
}

static napi_value Receive(napi_env env, napi_callback_info info) {
  Args args(env, info, "udpReceive");
  SocketHandle* handle = OpenHandle(args);
  const uint32_t most = args.U32(1);
  udp::Gate gate;
  const bool has_gate = GateArguments(args, 2, &gate);
  if (args.Failed() || !handle) return nullptr;
  handle->arrived = handle->socket->Receive(handle->arrivals, std::min<size_t>(most, udp::kSlots));
  handle->turned = {};
  if (has_gate)
    handle->arrived = handle->socket->TurnAway(gate, handle->arrivals, handle->arrived, &handle->turned);
  for (size_t i = 0; i < handle->arrived; i++) {
    const udp::Arrival& arrival = handle->arrivals[i];
    uint32_t* words = handle->words + i * kArrivalWords;
    bool is_new;
    words[0] = handle->senders->NumberOf(*arrival.from, &is_new);
    words[1] = is_new;
    words[2] = arrival.length;
    words[3] = arrival.segment_bytes;
    words[4] = arrival.ecn;
    words[5] = static_cast<uint32_t>(arrival.bytes - handle->memory);
  }
  handle->loop->OnReceived();
  handle->loop->ShowStatus();
  return ToJs(env, static_cast<double>(handle->arrived));
}

static napi_value Endpoint(napi_env env, const sockaddr_storage& address) noexcept {
  char text[udp::kAddressTextBytes];
  udp::WriteAddress(address, text);
  napi_value result = nullptr;
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "host", ToJs(env, text));
  napi_set_named_property(env, result, "port", ToJs(env, static_cast<double>(udp::PortOf(address))));
  sockaddr_storage local;
  if (udp::SourceAddress(address, &local)) {
    udp::WriteAddress(local, text);
    napi_set_named_property(env, result, "local", ToJs(env, text));
  }
  return result;
}

static napi_value Sender(napi_env env, napi_callback_info info) {
  Args args(env, info, "udpSender");
  SocketHandle* handle = OpenHandle(args);
  const uint32_t at = args.U32(1);
  if (!args.Failed() && handle && at >= handle->arrived) args.Fail(1, "an arrival");
  if (args.Failed() || !handle) return nullptr;
  return Endpoint(env, *handle->arrivals[at].from);
}

static napi_value Local(napi_env env, napi_callback_info info) {
  Args args(env, info, "udpLocal");
  SocketHandle* handle = OpenHandle(args);
  sockaddr_storage local{};
  if (args.Failed() || !handle) return nullptr;
  handle->socket->LocalAddress(&local);
  return Endpoint(env, local);
}

static napi_value Gather(napi_env env, napi_callback_info info) {
  Args args(env, info, "udpGather");
  SocketHandle* handle = OpenHandle(args);
  const sockaddr_storage* to = SockaddrArgument(args, 1);
  const auto datagram = args.Bytes(2);
  if (!args.Failed() && handle && !to && !handle->socket->IsConnected())
    args.Fail(1, "an address: not connected");
  if (args.Failed() || !handle) return nullptr;
  handle->socket->Gather(to, datagram.data(), datagram.size());
  return nullptr;
}

static napi_value SetEcn(napi_env env, napi_callback_info info) {
  Args args(env, info, "udpSetEcn");
  SocketHandle* handle = OpenHandle(args);
  const uint32_t bits = args.U32(1);
  if (!args.Failed() && bits > 3) args.Fail(1, "two bits");
  if (args.Failed() || !handle) return nullptr;
  handle->socket->SetEcn(static_cast<uint8_t>(bits));
  handle->loop->ShowStatus();
  return nullptr;
}

static napi_value Flush(napi_env env, napi_callback_info info) {
  Args args(env, info, "udpFlush");
  SocketHandle* handle = OpenHandle(args);
  if (args.Failed() || !handle) return nullptr;
  handle->socket->SendGathered();
  handle->loop->ShowStatus();
  return nullptr;
}

static napi_value Send(napi_env env, napi_callback_info info) {
  Args args(env, info, "udpSend");
  SocketHandle* handle = OpenHandle(args);
  const sockaddr_storage* to = SockaddrArgument(args, 1);
  const auto bytes = args.Bytes(2);
  const uint32_t segment_bytes = args.U32(3);
  if (!args.Failed() && handle && !to && !handle->socket->IsConnected())
    args.Fail(1, "an address: not connected");
  if (!args.Failed() && bytes.size() > udp::kTrainBytesMax) args.Fail(2, "a train of 65507 bytes at most");
  if (!args.Failed() && (segment_bytes == 0 || segment_bytes > 0xffff))
    args.Fail(3, "the size of a datagram");
  if (args.Failed() || !handle) return nullptr;
  uint8_t* train = handle->socket->TrainBuffer();
  if (train) {
    std::memcpy(train, bytes.data(), bytes.size());
    handle->socket->SendTrain(to, bytes.size(), static_cast<uint16_t>(segment_bytes));
  }
  handle->loop->ShowStatus();
  return ToJs(env, train != nullptr);
}

static napi_value SetTimer(napi_env env, napi_callback_info info) {
  Args args(env, info, "udpSetTimer");
  SocketHandle* handle = OpenHandle(args);
  const uint64_t micros = args.Offset(1);
  if (args.Failed() || !handle) return nullptr;
  handle->loop->SetAlarm(micros);
  return nullptr;
}

// In the order of udp_native.ts.
static napi_value Counters(napi_env env, napi_callback_info info) {
  Args args(env, info, "udpCounters");
  SocketHandle* handle = OpenHandle(args);
  const auto out = args.Doubles(1);
  if (args.Failed() || !handle) return nullptr;
  const udp::Socket& socket = *handle->socket;
  const udp::SocketCounters& from = socket.Counters();
  const double values[] = {
      double(from.datagrams_sent),
      double(from.datagrams_received),
      double(from.send_calls),
      double(from.receive_calls),
      double(from.gso_refused),
      double(from.mmsg_refused),
      double(from.send_again),
      double(from.send_errors),
      double(from.oversize),
      double(from.receive_errors),
      double(from.truncated),
      double(from.kernel_drops),
      double(from.ce_marks),
      double(from.useless),
      double(from.last_error),
      double(socket.LatestRung()),
      double(socket.ReceiveBufferBytes()),
      double(socket.SendBufferBytes()),
  };
  std::copy_n(values, std::min(out.size(), std::size(values)), out.data());
  return nullptr;
}

static napi_value Inject(napi_env env, napi_callback_info info) {
  Args args(env, info, "udpInject");
  SocketHandle* handle = OpenHandle(args);
  const uint32_t call = args.U32(1);
  const udp::Fault fault{args.U32(2), static_cast<int>(args.U32(3)), args.U32(4)};
  if (!args.Failed() && call >= udp::kCalls) args.Fail(1, "a kind of call");
  if (args.Failed() || !handle) return nullptr;
  handle->socket->Inject(static_cast<udp::Call>(call), fault);
  return nullptr;
}

static napi_value Close(napi_env env, napi_callback_info info) {
  Args args(env, info, "udpClose");
  SocketHandle* handle = OpenHandle(args);
  if (!args.Failed() && handle) handle->loop->Close();
  return nullptr;
}

void BindUdp(napi_env env, napi_value exports) {
  Export(env, exports, "udpSockaddr", Sockaddr);
  Export(env, exports, "udpOpen", Open);
  Export(env, exports, "udpReceive", Receive);
  Export(env, exports, "udpSender", Sender);
  Export(env, exports, "udpLocal", Local);
  Export(env, exports, "udpGather", Gather);
  Export(env, exports, "udpSetEcn", SetEcn);
  Export(env, exports, "udpFlush", Flush);
  Export(env, exports, "udpSend", Send);
  Export(env, exports, "udpSetTimer", SetTimer);
  Export(env, exports, "udpCounters", Counters);
  Export(env, exports, "udpInject", Inject);
  Export(env, exports, "udpClose", Close);
}

}  // namespace pfs
