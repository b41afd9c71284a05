// udp_interface_test.cc: links as they are: one with an MTU, a slow one, one that goes down and up, between
// two network namespaces of its own. Skipped without root and `ip`; the slow one without `tc`.
//
// g++ -std=c++20 -O3 -Inative native/test/udp_interface_test.cc
//   native/udp/{address,cmsg,ladder,socket*,timer}.cc

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "udp_support.h"

using namespace pfs::udp;
using namespace pfs::udp::test;

namespace {

bool Run(const char* command) { return std::system(command) == 0; }

// A link that is up carries nothing until the kernel has seen its carrier.
bool RaiseLink() {
  return Run(
      "ip link set here up && for i in $(seq 100); do ip link show here | grep -q 'state UP' && exit 0; "
      "sleep 0.02; done");
}

// Larger than the MTU: dropped here, for nothing may be fragmented; and neither GSO nor sendmmsg is to blame.
void TooLargeForTheLink(Peer& client, Peer& server) {
  const Bytes train = Painted(10 * 2000 + 500, 3);
  client.Send(nullptr, train, 2000);
  const SocketCounters& counters = client.socket->Counters();
  Check(counters.oversize == 10 && counters.last_error == EMSGSIZE, "oversize",
        static_cast<long>(counters.oversize));
  Check(server.Take(1, 3000) == std::vector<Bytes>{Cut(train, 2000).back()}, "the short last one arrives");
  Check(Arrives(client, server, Painted(40 * 1472, 4), 1472), "what just fits");
  Check(client.socket->LatestRung() == Rung::kGso && counters.gso_refused == 0, "by GSO still");
}

// A queue that holds on to datagrams fills the socket: EAGAIN from the kernel itself, and POLLOUT when there
// is room. The link is slower than any build of this program on any machine, sanitised or not.
void SlowLink(Peer& server) {
  if (!Run("tc qdisc add dev here root handle 1: htb default 1 2>/dev/null && "
           "tc class add dev here parent 1: classid 1:1 htb rate 40mbit quantum 60000"))
    return;
  Peer client("10.88.0.1", &server.local, 64 << 10);
  std::vector<Bytes> wanted, got;
  for (uint64_t i = 0; i < 60; i++) {
    const Bytes train = Painted(40 * 1400 - i, i);
    client.Send(nullptr, train, 1400);
    for (const Bytes& datagram : Cut(train, 1400)) wanted.push_back(datagram);
    pollfd waiting{client.socket->Fd(), POLLOUT, 0};
    while (client.socket->IsCongested() && poll(&waiting, 1, 3000) == 1) client.socket->FlushPending();
    Check(!client.socket->IsCongested(), "POLLOUT came");
    while (got.size() + 400 < wanted.size())
      for (Bytes& datagram : server.Take(1, 3000)) got.push_back(datagram);
  }
  for (Bytes& datagram : server.Take(wanted.size() - got.size(), 3000)) got.push_back(datagram);
  Check(got == wanted, "every datagram of a slow link, in order", static_cast<long>(got.size()));
  Check(client.socket->Counters().send_again > 0, "it did have to wait");
  Check(client.socket->Counters().send_errors == 0, "nothing was lost");
  Run("tc qdisc del dev here root");
}

// In a child of its own: one namespace here, one there, a veth between them.
int InterfaceDown() {
  failures = 0;
  if (unshare(CLONE_NEWNET) != 0) return 77;
  const int here = open("/proc/self/ns/net", O_RDONLY);
  const pid_t holder = fork();  // `ip` moves interfaces by process
  if (holder == 0) {
    pause();
    _exit(0);
  }
  unshare(CLONE_NEWNET);
  char make[160];
  std::snprintf(make, sizeof make, "ip link add there type veth peer name here && ip link set here netns %d",
                holder);
  const bool is_made = Run(make);
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
  if (!is_made || !Run("ip addr add 10.88.0.2/24 dev there && ip link set there up")) return 77;
  Peer server("10.88.0.2");
  setns(here, CLONE_NEWNET);
  if (!Run("ip addr add 10.88.0.1/24 dev here") || !RaiseLink()) return 77;
  Peer client("10.88.0.1", &server.local), loose("10.88.0.1");
  TooLargeForTheLink(client, server);
  SlowLink(server);
  const Bytes train = Painted(20 * 1000, 1);
  for (uint64_t round = 0; round < 3; round++) {
    Check(Arrives(client, server, train, 1000) && Arrives(loose, server, train, 1000), "up",
          static_cast<long>(round));
    Run("ip link set here down");
    for (int i = 0; i < 5; i++) {
      client.Send(nullptr, train, 1000);
      loose.Send(&server.local, train, 1000);
    }
    const uint64_t lost = client.socket->Counters().send_errors;
    Check(lost == 100 * (round + 1) && loose.socket->Counters().send_errors == lost, "as if lost",
          static_cast<long>(lost));
    Check(client.socket->TakeHints() == kHintUnreachable, "with a hint",
          client.socket->Counters().last_error);
    Check(!client.socket->IsCongested() && client.socket->LatestRung() == Rung::kGso, "nothing waits");
    Check(server.Take(1).empty(), "nothing comes");
    RaiseLink();
  }
  return failures == 0 ? 0 : 1;
}

void InterfaceDownAndUp() {
  const pid_t child = fork();
  if (child == 0) _exit(InterfaceDown());
  int status = 0;
  waitpid(child, &status, 0);
  const bool is_skipped = WIFEXITED(status) && WEXITSTATUS(status) == 77;
  Check(is_skipped || (WIFEXITED(status) && WEXITSTATUS(status) == 0), "in the namespace", status);
  Done(is_skipped ? "links as they are (skipped: needs root and ip)"
                  : "links: an MTU, a slow one, down and up");
}

}  // namespace

int main() {
  InterfaceDownAndUp();
  return failures == 0 ? 0 : 1;
}
