// delay_relay: a long, thick line where the kernel has none to offer: takes datagrams at a port, holds each for a while
// and passes it on to a server, and the same back. A rate and a queue that drops at its end make the line as thick as asked
// and no thicker. One client at a time. Linux only; knows nothing of what it carries. Built by bench/delay_relay.ts.
//
//   g++ -std=c++20 -O2 delay_relay.cc -o delay_relay
//   delay_relay ADDRESS PORT SERVER_PORT DELAY_MS MBPS QUEUE_BYTES
//
// At SIGTERM it prints {"carried":[out,back],"dropped":[out,back],"heldBytesMax":[out,back]}.

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr size_t kBatch = 64;
constexpr size_t kDatagramBytesMax = 2048;
// 64 Ki datagrams of 1,500 bytes: what 1 Gbit/s brings in 0.75 s.
constexpr size_t kSlots = 1 << 16;
constexpr int kSocketBytes = 64 << 20;

volatile sig_atomic_t is_over = 0;

int64_t NowNanos() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

struct Datagram {
  int64_t due_nanos;
  size_t bytes;
  uint8_t data[kDatagramBytesMax];
};

// One direction: a queue that is served at a rate, and the line behind it.
class Line {
 public:
  Line(int64_t delay_nanos, double nanos_per_byte, int64_t queue_bytes)
      : slots_(kSlots), delay_nanos_(delay_nanos), nanos_per_byte_(nanos_per_byte),
        queue_nanos_(static_cast<int64_t>(static_cast<double>(queue_bytes) * nanos_per_byte)) {}

  void Take(int from, sockaddr_in* sender) {
    mmsghdr messages[kBatch]{};
    iovec places[kBatch];
    uint8_t* spare = scratch_.data();
    for (size_t i = 0; i < kBatch; i++) {
      places[i] = {spare + i * kDatagramBytesMax, kDatagramBytesMax};
      messages[i].msg_hdr.msg_iov = &places[i];
      messages[i].msg_hdr.msg_iovlen = 1;
      messages[i].msg_hdr.msg_name = sender;
      messages[i].msg_hdr.msg_namelen = sender ? sizeof *sender : 0;
    }
    const int count = recvmmsg(from, messages, kBatch, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < count; i++) Hold(spare + static_cast<size_t>(i) * kDatagramBytesMax, messages[i].msg_len);
  }

  void Pass(int to, const sockaddr_in* receiver) {
    const int64_t now = NowNanos();
    mmsghdr messages[kBatch]{};
    iovec places[kBatch];
    size_t count = 0;
    for (; count < kBatch && head_ + count < tail_ && Slot(head_ + count).due_nanos <= now; count++) {
      Datagram& datagram = Slot(head_ + count);
      places[count] = {datagram.data, datagram.bytes};
      messages[count].msg_hdr.msg_iov = &places[count];
      messages[count].msg_hdr.msg_iovlen = 1;
      messages[count].msg_hdr.msg_name = const_cast<sockaddr_in*>(receiver);
      messages[count].msg_hdr.msg_namelen = receiver ? sizeof *receiver : 0;
    }
    for (size_t sent = 0; sent < count;) {
      const int taken = sendmmsg(to, messages + sent, static_cast<unsigned>(count - sent), 0);
      sent += taken > 0 ? static_cast<size_t>(taken) : 1;  // refused: lost, as on a line
    }
    for (size_t i = 0; i < count; i++) held_bytes_ -= Slot(head_ + i).bytes;
    head_ += count;
    carried_ += count;
  }

  // INT64_MAX when nothing is under way.
  int64_t NextNanos() { return head_ == tail_ ? INT64_MAX : Slot(head_).due_nanos; }

  uint64_t carried_ = 0, dropped_ = 0;
  size_t held_bytes_ = 0, held_bytes_max_ = 0;

 private:
  Datagram& Slot(uint64_t at) { return slots_[at % kSlots]; }

  void Hold(const uint8_t* data, size_t bytes) {
    const int64_t now = NowNanos();
    const int64_t start = std::max(now, busy_until_nanos_);
    if (start - now > queue_nanos_ || tail_ - head_ == kSlots) {
      dropped_++;
      return;
    }
    busy_until_nanos_ = start + static_cast<int64_t>(static_cast<double>(bytes) * nanos_per_byte_);
    Datagram& datagram = Slot(tail_++);
    datagram.due_nanos = busy_until_nanos_ + delay_nanos_;
    datagram.bytes = bytes;
    std::copy_n(data, bytes, datagram.data);
    held_bytes_ += bytes;
    held_bytes_max_ = std::max(held_bytes_max_, held_bytes_);
  }

  std::vector<Datagram> slots_;
  std::vector<uint8_t> scratch_ = std::vector<uint8_t>(kBatch * kDatagramBytesMax);
  int64_t delay_nanos_;
  double nanos_per_byte_;
  int64_t queue_nanos_;
  int64_t busy_until_nanos_ = 0;
  uint64_t head_ = 0, tail_ = 0;
};

int Open(const sockaddr_in* bound, const sockaddr_in* peer) {
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kSocketBytes, sizeof kSocketBytes);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &kSocketBytes, sizeof kSocketBytes);
  if (bound && bind(fd, reinterpret_cast<const sockaddr*>(bound), sizeof *bound) != 0) return -1;
  if (peer && connect(fd, reinterpret_cast<const sockaddr*>(peer), sizeof *peer) != 0) return -1;
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  sockaddr_in front{.sin_family = AF_INET, .sin_port = htons(static_cast<uint16_t>(atoi(argv[2])))};
  if (inet_pton(AF_INET, argv[1], &front.sin_addr) != 1) return 2;
  sockaddr_in server = front;
  server.sin_port = htons(static_cast<uint16_t>(atoi(argv[3])));
  const int64_t delay_nanos = atoll(argv[4]) * 1'000'000;
  const double nanos_per_byte = 8000 / atof(argv[5]);
  Line out(delay_nanos, nanos_per_byte, atoll(argv[6]));
  Line back(delay_nanos, nanos_per_byte, atoll(argv[6]));
  const int client_fd = Open(&front, nullptr);
  const int server_fd = Open(nullptr, &server);
  if (client_fd < 0 || server_fd < 0) return 1;
  struct sigaction over{};
  over.sa_handler = [](int) { is_over = 1; };
  sigaction(SIGTERM, &over, nullptr);
  puts("ready");
  fflush(stdout);
  sockaddr_in client{};
  while (!is_over) {
    const int64_t wait = std::min(out.NextNanos(), back.NextNanos());
    const int64_t left = wait == INT64_MAX ? 100'000'000 : std::clamp<int64_t>(wait - NowNanos(), 0, 100'000'000);
    const timespec time{0, left};
    pollfd fds[2] = {{client_fd, POLLIN, 0}, {server_fd, POLLIN, 0}};
    ppoll(fds, 2, &time, nullptr);
    if (fds[0].revents) out.Take(client_fd, &client);
    if (fds[1].revents) back.Take(server_fd, nullptr);
    out.Pass(server_fd, nullptr);
    if (client.sin_port != 0) back.Pass(client_fd, &client);
  }
  printf("{\"carried\":[%llu,%llu],\"dropped\":[%llu,%llu],\"heldBytesMax\":[%zu,%zu]}\n",
         static_cast<unsigned long long>(out.carried_), static_cast<unsigned long long>(back.carried_),
         static_cast<unsigned long long>(out.dropped_), static_cast<unsigned long long>(back.dropped_),
         out.held_bytes_max_, back.held_bytes_max_);
}
