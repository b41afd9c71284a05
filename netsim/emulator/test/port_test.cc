// Frames through a port, from one pair of sockets to another in place of the devices: what is lost, kept, small or large
// leaves the memory of the next frame whole. In real time, of which nothing is asked.

#include "port.h"

#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "frames.h"
#include "options.h"

namespace {

using namespace pfs::test;

// Two ends each way: ours, and the port's.
struct Wire {
  Wire() {
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds) == 0);
    const int bytes = 1 << 20;
    for (const int fd : fds) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }
  int fds[2];
};

struct Passed {
  uint64_t packets = 0;
  uint64_t unsound = 0;
};

Passed Pass(const char* word, const Shape* shapes, size_t kinds, int frames, size_t pool_bytes, Counters& counters) {
  Settings settings;
  std::string complaint;
  CHECK(ReadSettings(word, settings, complaint));
  Wire in, out;
  Tun from(in.fds[1]), to(out.fds[0]);
  Pool pool(pool_bytes);
  Passed passed;
  {
    Link link(settings, 1, 1, pool);
    Port port(from, to, link, pool);
    Bytes got(kFrameBytesMax);
    const auto receive = [&] {
      ssize_t bytes = 0;
      while ((bytes = read(out.fds[1], got.data(), got.size())) > 0) {
        const Bytes frame(got.begin(), got.begin() + bytes);
        passed.packets += Understand(frame).count;
        passed.unsound += !IsSound(frame);
      }
    };
    for (int i = 0; i < frames; i++) {
      const Bytes frame = MakeFrame(shapes[static_cast<size_t>(i) % kinds]);
      CHECK(write(in.fds[0], frame.data(), frame.size()) == static_cast<ssize_t>(frame.size()));
      port.Read();
      receive();
    }
    while (link.NextNanos() != Schedule::kNever) {
      port.Deliver();
      receive();
    }
    counters = link.counters();
  }
  close(in.fds[0]);
  close(out.fds[1]);
  return passed;
}

const Shape kMixed[] = {
    {4, Transport::kTcp, 60'000, 1448, 0x18}, {4, Transport::kUdp, 100},
    {6, Transport::kUdp, 7'000, 1400},        {4, Transport::kUdp, 64'000, 1400},
    {6, Transport::kTcp, 0},                  {4, Transport::kTcp, 1448},
};

void LossLeavesTheRestWhole(const char* settings) {
  Counters counters;
  const Passed passed = Pass(settings, kMixed, std::size(kMixed), 600, 64 << 20, counters);
  CHECK(passed.unsound == 0);
  CHECK(passed.packets == counters.packets_delivered);
  CHECK(counters.packets_delivered + counters.lost_random + counters.queue_drops == counters.packets_in);
  CHECK(counters.packets_in == 100 * (42 + 1 + 5 + 46 + 1 + 1));
  CHECK(counters.lost_refused == 0 && counters.lost_overflow == 0);
}

void WithoutMemoryFramesAreLost() {
  const Shape large[] = {{4, Transport::kUdp, 64'000, 1400}};
  Counters counters;
  const Passed passed = Pass("delay-millis=20", large, 1, 20, 3 * (sizeof(Frame) + kFrameBytesMax), counters);
  CHECK(counters.lost_overflow == 17);
  CHECK(passed.packets == 3 * 46 && passed.unsound == 0);
}

}  // namespace

int main() {
  return RunGroups({
      {"a link of nothing passes all", [] { LossLeavesTheRestWhole(""); }},
      {"half lost leaves half whole", [] { LossLeavesTheRestWhole("loss-percent=50"); }},
      {"all lost leaves nothing", [] { LossLeavesTheRestWhole("loss-percent=100"); }},
      {"a slow link and a short queue", [] { LossLeavesTheRestWhole("rate-megabits=1000,queue-bytes=30000,loss-percent=5"); }},
      {"without memory frames are lost, and the rest goes on", WithoutMemoryFramesAreLost},
  });
}
