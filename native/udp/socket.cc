// socket.cc: opening a socket and asking it about itself. Sending is in socket_send.cc, receiving in
// socket_receive.cc.

#include "udp/socket.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "udp/socket_state.h"

namespace pfs::udp {

static bool Set(int fd, int level, int name, int value) noexcept {
  return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

static int Get(int fd, int level, int name) noexcept {
  int value = 0;
  socklen_t length = sizeof value;
  return getsockopt(fd, level, name, &value, &length) == 0 ? value : -1;
}

// The don't-fragment flag on all that goes. PROBE also ignores what ICMP says of the path's MTU: anyone can
// forge that, and the core searches by itself. An IPv6 socket speaks IPv4 to mapped peers, so it gets both
// families' options.
static void SetDontFragment(int fd, bool is_six) noexcept {
  if (!Set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE))
    Set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
  if (!is_six) return;
  if (!Set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE))
    Set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO);
}

static void LearnEcn(int fd, bool is_six) noexcept {
  Set(fd, IPPROTO_IP, IP_RECVTOS, 1);
  if (is_six) Set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
}

// A socket that is bound to no address of its own is told to which of them a datagram came, and answers from
// there: the route alone would choose one that the peer has never heard of. An IPv6 socket tells it of mapped
// peers too.
static void LearnSource(int fd, const sockaddr_storage& bound) noexcept {
  if (bound.ss_family == AF_INET6) {
    const auto& six = reinterpret_cast<const sockaddr_in6&>(bound);
    if (IN6_IS_ADDR_UNSPECIFIED(&six.sin6_addr)) Set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  } else if (reinterpret_cast<const sockaddr_in&>(bound).sin_addr.s_addr == INADDR_ANY) {
    Set(fd, IPPROTO_IP, IP_PKTINFO, 1);
  }
}

// FORCE passes net.core.*mem_max, and needs CAP_NET_ADMIN; without it the kernel grants what it will.
static void SetBuffers(int fd, int bytes) noexcept {
  if (!Set(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes)) Set(fd, SOL_SOCKET, SO_RCVBUF, bytes);
  if (!Set(fd, SOL_SOCKET, SO_SNDBUFFORCE, bytes)) Set(fd, SOL_SOCKET, SO_SNDBUF, bytes);
}

static int BindAndConnect(int fd, const SocketOptions& options) noexcept {
  const auto as_plain = [](const sockaddr_storage& address) {
    return reinterpret_cast<const sockaddr*>(&address);
  };
  if (bind(fd, as_plain(options.bind), AddressLength(options.bind)) != 0) return errno;
  if (options.peer && connect(fd, as_plain(*options.peer), AddressLength(*options.peer)) != 0) return errno;
  return 0;
}

Socket::State::State(const SocketOptions& options, bool has_gso) noexcept
    : is_connected(options.peer != nullptr),
      is_six(options.bind.ss_family == AF_INET6),
      ladder(has_gso ? Rung::kGso : Rung::kMmsg),
      latest_rung(ladder.Top()) {}

Socket::State::~State() {
  if (fd >= 0) close(fd);
  if (train_memory) munmap(train_memory, kWaitingMax * kTrainStride);
}

std::unique_ptr<Socket> Socket::Open(const SocketOptions& options, uint8_t* receive_memory,
                                     int* error) noexcept {
  const bool is_six = options.bind.ss_family == AF_INET6;
  if (AddressLength(options.bind) == 0 ||
      (options.peer && options.peer->ss_family != options.bind.ss_family)) {
    *error = EINVAL;
    return nullptr;
  }
  const int fd = ::socket(options.bind.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    *error = errno;
    return nullptr;
  }
  // kernels before 4.18 ignore the control message and would send the train as one datagram: ask first
  const bool has_gso = options.gso && Get(fd, SOL_UDP, UDP_SEGMENT) >= 0;
  std::unique_ptr<Socket> socket(new Socket);
  socket->state_ = std::make_unique<State>(options, has_gso);
  State& state = *socket->state_;
  state.fd = fd;  // from now on the state closes it
  if (is_six) Set(fd, IPPROTO_IPV6, IPV6_V6ONLY, options.only_six ? 1 : 0);
  SetDontFragment(fd, is_six);
  if (options.ecn) LearnEcn(fd, is_six);
  if (!options.peer) LearnSource(fd, options.bind);
  SetBuffers(fd, options.buffer_bytes);
  Set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
  if (options.gro) Set(fd, SOL_UDP, UDP_GRO, 1);
  *error = BindAndConnect(fd, options);
  if (*error != 0) return nullptr;
  void* memory = mmap(nullptr, kWaitingMax * State::kTrainStride, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    *error = ENOMEM;
    return nullptr;
  }
  state.train_memory = static_cast<uint8_t*>(memory);
  state.PrepareSlots(receive_memory);
  return socket;
}

Socket::~Socket() = default;

int Socket::Fd() const noexcept { return state_->fd; }

bool Socket::LocalAddress(sockaddr_storage* local) const noexcept {
  socklen_t length = sizeof *local;
  *local = {};
  return getsockname(state_->fd, reinterpret_cast<sockaddr*>(local), &length) == 0;
}

bool Socket::IsConnected() const noexcept { return state_->is_connected; }

int Socket::ReceiveBufferBytes() const noexcept { return Get(state_->fd, SOL_SOCKET, SO_RCVBUF); }

int Socket::SendBufferBytes() const noexcept { return Get(state_->fd, SOL_SOCKET, SO_SNDBUF); }

void Socket::ClearError() noexcept {
  const int error = Get(state_->fd, SOL_SOCKET, SO_ERROR);
  if (error > 0) state_->Note(error);
}

uint32_t Socket::TakeHints() noexcept {
  const uint32_t hints = state_->hints;
  state_->hints = 0;
  return hints;
}

// A setting of the socket and no control message of each call: it changes once in a connection's life, and a control
// message would have the kernel look up the route of a connected socket for every train. An IPv6 socket speaks IPv4
// to mapped peers.
void Socket::State::MarkAs(uint8_t ecn) noexcept {
  if (ecn == marked_as) return;
  Set(fd, IPPROTO_IP, IP_TOS, ecn);
  if (is_six) Set(fd, IPPROTO_IPV6, IPV6_TCLASS, ecn);
  marked_as = ecn;
}

Rung Socket::LatestRung() const noexcept { return state_->latest_rung; }

const SocketCounters& Socket::Counters() const noexcept { return state_->counters; }

void Socket::Inject(Call call, Fault fault) noexcept { state_->faults.Set(call, fault); }

// An error that an earlier datagram may have left behind.
void Socket::State::Note(int error) noexcept {
  if (error == ECONNREFUSED) hints |= kHintRefused;
  if (error == ENETUNREACH || error == EHOSTUNREACH || error == ENETDOWN) hints |= kHintUnreachable;
}

}  // namespace pfs::udp
