// Traffic for the emulator's check and the labs' tests, as a program of six verbs. Servers say "ready", and end at SIGTERM.
//
//   traffic sink PORT                                          counts datagrams, those late, doubled and wrong
//   traffic blast ADDRESS PORT COUNT BYTES SEGMENTS MEGABITS   numbered datagrams, SEGMENTS to a system call; 0: no pace
//   traffic echo PORT                                          sends datagrams back
//   traffic ping ADDRESS PORT COUNT GAP_MICROS                 round trips of small datagrams
//   traffic tcp-sink PORT                                      one connection, its rate after the first half
//   traffic tcp-send ADDRESS PORT SECONDS CONTROL              zeros by TCP, with a congestion control

#include "traffic.h"

#include <arpa/inet.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace pfs::check {

volatile int is_over = 0;

void Fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

Address AddressOf(const char* text, const char* port) {
  Address address;
  auto* four = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* six = reinterpret_cast<sockaddr_in6*>(&address.storage);
  const uint16_t number = htons(static_cast<uint16_t>(std::atoi(port)));
  if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = number;
    address.bytes = sizeof *four;
  } else if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = number;
    address.bytes = sizeof *six;
  } else {
    Fail(text);
  }
  return address;
}

int Listen(const char* port, int type) {
  const int fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
  const int no = 0, yes = 1, bytes = 64 << 20;
  setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (type == SOCK_DGRAM) setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes);
  const Address any = AddressOf("::", port);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&any.storage), any.bytes) != 0) Fail("bind");
  return fd;
}

int Connect(const Address& address, int type) {
  const int fd = socket(address.storage.ss_family, type | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address.storage), address.bytes) != 0) Fail("connect");
  return fd;
}

int64_t NowNanos() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
}

void SleepUntil(int64_t nanos) {
  const timespec time{nanos / 1'000'000'000, nanos % 1'000'000'000};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr);
}

// Behind the emulator, which has 10.
void BeRealtime() {
  prctl(PR_SET_TIMERSLACK, 1);
  const sched_param parameter{.sched_priority = 5};
  sched_setscheduler(0, SCHED_FIFO, &parameter);
}

}  // namespace pfs::check

int main(int count, char** words) {
  using namespace pfs::check;
  struct Verb {
    const char* name;
    int words;
    int (*run)(char** words);
  };
  const Verb verbs[] = {{"sink", 1, Sink}, {"blast", 6, Blast},     {"echo", 1, Echo},
                        {"ping", 4, Ping}, {"tcp-sink", 1, SinkTcp}, {"tcp-send", 4, SendTcp}};
  struct sigaction over{};
  over.sa_handler = [](int) { is_over = 1; };
  sigaction(SIGTERM, &over, nullptr);
  sigaction(SIGINT, &over, nullptr);
  // a server does not outlive whoever asked for it
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const Verb& verb : verbs)
    if (count == verb.words + 2 && std::strcmp(words[1], verb.name) == 0) return verb.run(words + 2);
  std::fprintf(stderr, "traffic sink|blast|echo|ping|tcp-sink|tcp-send …: see the head of its source\n");
  return 2;
}
