// udp_bench.cc: Gbit/s of trains and CPU seconds per GB of each side, sender and receiver a process each on a
// core of its own, over loopback and between two namespaces with a veth (needs root and ip). Medians of 5;
// a plain C loop of sendmsg with UDP_SEGMENT and recvmsg with UDP_GRO makes 28 to 35 Gbit/s there on a quiet
// machine, at 0.23 and 0.08 s/GB. The fourth column says how many arrivals one receive call takes.
//
// g++ -std=c++20 -O3 -Inative native/test/udp_bench.cc native/udp/{address,cmsg,ladder,socket*,timer}.cc

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>

#include "udp_support.h"

using namespace pfs::udp;
using namespace pfs::udp::test;

namespace {

struct Path {
  const char* name;
  const char* receiver_host;
  const char* sender_host;
  int receiver_namespace;  // -1: where we are
  int sender_namespace;
  size_t segment_bytes;
  bool gso;
};

struct Shared {
  std::atomic<uint16_t> port;
  std::atomic<bool> is_over;
  double sent_bytes, received_bytes, seconds, sender_cpu, receiver_cpu;
};

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double Cpu() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) { return static_cast<double>(time.tv_sec) + time.tv_usec / 1e6; };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

void Place(int core, int ns) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  sched_setaffinity(0, sizeof cores, &cores);
  if (ns >= 0) setns(ns, CLONE_NEWNET);
}

void ReceiveSide(const Path& path, size_t slots, Shared* shared) {
  Place(0, path.receiver_namespace);
  Peer peer(path.receiver_host);
  if (!peer.socket) _exit(1);
  std::memset(peer.memory.data(), 1, peer.memory.size());
  shared->port = PortOf(peer.local);
  Arrival arrivals[kSlots];
  double bytes = 0;
  const double before = Cpu();
  while (!shared->is_over) {
    pollfd waiting{peer.socket->Fd(), POLLIN, 0};
    if (poll(&waiting, 1, 50) == 0) continue;
    for (size_t came = 1; came > 0;) {
      came = peer.socket->Receive(arrivals, slots);
      for (size_t i = 0; i < came; i++) {
        bytes += arrivals[i].length;
        // what is opened is read: a word of every cache line
        for (size_t at = 0; at < arrivals[i].length; at += 64) bytes += arrivals[i].bytes[at] == 0 ? 1e-9 : 0;
      }
      if (peer.socket->IsDrained()) break;
    }
  }
  shared->received_bytes = bytes;
  shared->receiver_cpu = Cpu() - before;
  _exit(0);
}

void SendSide(const Path& path, Shared* shared) {
  Place(1, path.sender_namespace);
  while (shared->port == 0) usleep(100);
  const sockaddr_storage to = At(path.receiver_host, shared->port);
  SocketOptions options{At(path.sender_host), &to, 8 << 20, path.gso};
  Peer peer(options);
  if (!peer.socket) _exit(1);
  const Bytes source = Painted(16 << 20, 1);
  const size_t train = std::min(kTrainBytesMax / path.segment_bytes, kTrainSegmentsMax) * path.segment_bytes;
  const double before = Cpu(), began = Now();
  size_t at = 0;
  while (Now() - began < 0.4) {
    if (peer.socket->IsCongested()) {
      pollfd waiting{peer.socket->Fd(), POLLOUT, 0};
      poll(&waiting, 1, 1);
      peer.socket->FlushPending();
      continue;
    }
    std::memcpy(peer.socket->TrainBuffer(), source.data() + at, train);
    peer.socket->SendTrain(nullptr, train, static_cast<uint16_t>(path.segment_bytes));
    at = at + 2 * train < source.size() ? at + train : 0;
  }
  shared->seconds = Now() - began;
  shared->sender_cpu = Cpu() - before;
  shared->sent_bytes = static_cast<double>(peer.socket->Counters().datagrams_sent * path.segment_bytes);
  usleep(50'000);
  shared->is_over = true;
  _exit(0);
}

struct Result {
  double gigabits, sender_cpu, receiver_cpu, lost;
};

Result Measure(const Path& path, size_t slots) {
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* shared = new (memory) Shared{};
  if (fork() == 0) ReceiveSide(path, slots, shared);
  if (fork() == 0) SendSide(path, shared);
  while (wait(nullptr) > 0) continue;
  const Result result{shared->received_bytes * 8e-9 / shared->seconds,
                      shared->sender_cpu / (shared->sent_bytes * 1e-9),
                      shared->receiver_cpu / (shared->received_bytes * 1e-9),
                      1 - shared->received_bytes / shared->sent_bytes};
  munmap(memory, sizeof(Shared));
  return result;
}

bool Run(const char* command) { return std::system(command) == 0; }

pid_t NamespaceOfAChild() {
  const pid_t child = fork();
  if (child != 0) return child;
  unshare(CLONE_NEWNET);
  pause();
  _exit(0);
}

// Two namespaces with a veth between them; the two children hold them.
bool MakeVeth(pid_t here, pid_t there, int mtu) {
  usleep(100'000);
  char command[600];
  std::snprintf(command, sizeof command,
                "ip link add pfsb%d mtu %d netns %d type veth peer name pfsb%d mtu %d netns %d && "
                "nsenter -t %d -n sh -c 'ip addr add 10.89.0.1/24 dev pfsb%d && ip link set pfsb%d up' && "
                "nsenter -t %d -n sh -c 'ip addr add 10.89.0.2/24 dev pfsb%d && ip link set pfsb%d up'",
                mtu, mtu, here, mtu, mtu, there, here, mtu, mtu, there, mtu, mtu);
  return Run(command);
}

int NamespaceOf(pid_t process) {
  char path[40];
  std::snprintf(path, sizeof path, "/proc/%d/ns/net", process);
  return open(path, O_RDONLY);
}

void Print(const Path& path, size_t slots) {
  std::vector<Result> results;
  for (int i = 0; i < 5; i++) results.push_back(Measure(path, slots));
  std::sort(results.begin(), results.end(),
            [](const Result& a, const Result& b) { return a.gigabits < b.gigabits; });
  const Result& median = results[2];
  std::printf("%-10s %5zu B %-8s %5zu  %6.1f Gbit/s (%.1f to %.1f)  tx %.2f rx %.2f s/GB  lost %.1f %%\n",
              path.name, path.segment_bytes, path.gso ? "gso" : "sendmmsg", slots, median.gigabits,
              results[0].gigabits, results[4].gigabits, median.sender_cpu, median.receiver_cpu,
              median.lost * 100);
}

}  // namespace

int main() {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  for (const size_t slots : {1u, 2u, 4u, 8u, 16u})
    Print({"loopback", "127.0.0.1", "127.0.0.1", -1, -1, 1452, true}, slots);
  for (const int mtu : {1500, 9000}) {
    const pid_t here = NamespaceOfAChild(), there = NamespaceOfAChild();
    const size_t segment = mtu == 1500 ? 1452 : 8952;
    if (!MakeVeth(here, there, mtu)) {
      std::printf("veth: skipped, needs root, ip and nsenter\n");
    } else {
      const int receiver = NamespaceOf(there), sender = NamespaceOf(here);
      // nsenter's children are reaped; those that hold the namespaces must not be waited for in Measure()
      const pid_t runner = fork();
      if (runner == 0) {
        for (const size_t slots : {1u, 4u, 16u})
          Print({"veth", "10.89.0.2", "10.89.0.1", receiver, sender, segment, true}, slots);
        if (mtu == 1500) Print({"veth", "10.89.0.2", "10.89.0.1", receiver, sender, segment, false}, 16);
        _exit(0);
      }
      waitpid(runner, nullptr, 0);
    }
    kill(here, SIGKILL);
    kill(there, SIGKILL);
    while (wait(nullptr) > 0) continue;
  }
  return 0;
}
