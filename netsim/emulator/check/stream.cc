// One TCP connection of zeros, and its rate at the receiver once it has had time to find it.

#include <netinet/tcp.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "traffic.h"

namespace pfs::check {

namespace {

constexpr size_t kWriteBytes = 256 << 10;

}  // namespace

int SendTcp(char** words) {
  const Address address = AddressOf(words[0], words[1]);
  const int fd = socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const size_t length = std::strlen(words[3]);
  if (setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, words[3], static_cast<socklen_t>(length)) != 0) Fail(words[3]);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.bytes) != 0) Fail("connect");
  BeRealtime();
  const std::vector<uint8_t> zeros(kWriteBytes);
  const int64_t end = NowNanos() + static_cast<int64_t>(std::atof(words[2]) * 1e9);
  uint64_t bytes = 0;
  while (NowNanos() < end && !is_over) {
    const ssize_t sent = send(fd, zeros.data(), zeros.size(), MSG_NOSIGNAL);
    if (sent < 0) Fail("send");
    bytes += static_cast<uint64_t>(sent);
  }
  std::printf("{\"bytes\":%llu}\n", static_cast<unsigned long long>(bytes));
  return 0;
}

// The rate of the second half of the time; what it was until then is the sender's search for it.
int SinkTcp(char** words) {
  const int listening = Listen(words[0], SOCK_STREAM);
  if (listen(listening, 1) != 0) Fail("listen");
  std::puts("ready");
  std::fflush(stdout);
  const int fd = accept(listening, nullptr, nullptr);
  if (fd < 0) return 1;
  BeRealtime();
  struct Mark {
    int64_t nanos;
    uint64_t bytes;
  };
  std::vector<uint8_t> buffer(kWriteBytes);
  std::vector<Mark> marks = {{NowNanos(), 0}};
  uint64_t bytes = 0;
  ssize_t got = 0;
  while (!is_over && (got = recv(fd, buffer.data(), buffer.size(), 0)) > 0) {
    bytes += static_cast<uint64_t>(got);
    const int64_t now = NowNanos();
    if (now - marks.back().nanos > 10'000'000) marks.push_back({now, bytes});
  }
  const Mark last = marks.back();
  Mark middle = marks.front();
  for (const Mark& mark : marks)
    if (mark.nanos - marks.front().nanos <= (last.nanos - marks.front().nanos) / 2) middle = mark;
  const double seconds = static_cast<double>(last.nanos - middle.nanos) / 1e9;
  const double megabits = seconds > 0 ? static_cast<double>(last.bytes - middle.bytes) * 8 / 1e6 / seconds : 0;
  std::printf("{\"bytes\":%llu,\"megabits\":%.3f}\n", static_cast<unsigned long long>(bytes), megabits);
  return 0;
}

}  // namespace pfs::check
