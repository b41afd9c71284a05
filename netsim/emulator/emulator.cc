// The link emulator: two TUN devices, in a network namespace each, and a line between them with a rate, a queue, a delay
// and every kind of loss. One thread: reads a frame, decides the fate of each packet in it, and hands over what is due.
// netsim/emulator.ts starts it; kUsage (options.cc) says how by hand.

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>

#include "options.h"
#include "port.h"
#include "report.h"

namespace pfs::emulator {

namespace {

// 10 Gbit/s over 600 ms are 750 MB.
constexpr size_t kPoolBytesMax = size_t{1} << 30;
constexpr size_t kLineBytesMax = 64;
// A processor that slept wakes late by 20 to 60 us (measured in a virtual machine); more is other work in the way.
constexpr int64_t kLeadNanosMax = 80'000;
constexpr int kLeft = 0, kRight = 1, kSignals = 2, kControl = 3;

bool BeRealtime(int priority) noexcept {
  // the kernel may be 50 us late by intent for everybody who does not say that it may not
  prctl(PR_SET_TIMERSLACK, 1);
  const sched_param parameter{.sched_priority = priority};
  return priority > 0 && sched_setscheduler(0, SCHED_FIFO, &parameter) == 0;
}

double CpuSeconds() noexcept {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Emulator {
 public:
  explicit Emulator(const Options& options)
      : options_(options), forth_(options.forth, options.seed, 1, pool_), back_(options.back, options.seed, 2, pool_) {}

  bool Open(std::string& complaint) {
    if (!left_.Open(options_.left, options_.mtu_bytes, options_.is_plain, complaint)) return false;
    if (!right_.Open(options_.right, options_.mtu_bytes, options_.is_plain, complaint)) return false;
    sigset_t signals;
    sigemptyset(&signals);
    for (const int one : {SIGUSR1, SIGUSR2, SIGTERM, SIGINT}) sigaddset(&signals, one);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    signals_fd_ = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals_fd_ < 0) complaint = "no signals";
    return signals_fd_ >= 0;
  }

  void Run() {
    is_realtime_ = BeRealtime(options_.realtime_priority);
    Say("ready");
    Port forth(left_, right_, forth_, pool_);
    Port back(right_, left_, back_, pool_);
    pollfd polled[4] = {{left_.fd(), POLLIN, 0}, {right_.fd(), POLLIN, 0}, {signals_fd_, POLLIN, 0},
                        {options_.has_control ? STDIN_FILENO : -1, POLLIN, 0}};
    while (!is_over_) {
      Wait(polled);
      if (polled[kLeft].revents & POLLIN) forth.Read();
      if (polled[kRight].revents & POLLIN) back.Read();
      forth.Deliver();
      back.Deliver();
      if (polled[kSignals].revents) HandleSignals();
      if (polled[kControl].revents) HandleControl();
    }
    SayCounters();
  }

 private:
  // Until something comes, or shortly before something is due: by as much as waking takes here, which is learnt.
  void Wait(pollfd (&polled)[4]) noexcept {
    const int64_t next = std::min(forth_.NextNanos(), back_.NextNanos());
    const int64_t now = NowNanos();
    const bool is_timed = next != Schedule::kNever;
    const int64_t left = is_timed ? std::max<int64_t>(0, next - now - lead_nanos_ - options_.spin_nanos) : 0;
    const timespec time{left / 1'000'000'000, left % 1'000'000'000};
    for (pollfd& one : polled) one.revents = 0;
    const int woken = ppoll(polled, 4, is_timed ? &time : nullptr, nullptr);
    if (woken != 0 || left == 0) return;
    const int64_t late = std::clamp<int64_t>(NowNanos() - now - left, 0, kLeadNanosMax);
    lead_nanos_ += (late - lead_nanos_) / 8;
  }

  void HandleSignals() {
    signalfd_siginfo signal{};
    while (read(signals_fd_, &signal, sizeof signal) == sizeof signal) {
      if (signal.ssi_signo == SIGUSR1) SayCounters();
      else if (signal.ssi_signo == SIGUSR2) SetCut(!forth_.is_cut());
      else is_over_ = true;
    }
  }

  void HandleControl() {
    char text[kLineBytesMax];
    const ssize_t bytes = read(STDIN_FILENO, text, sizeof text);
    if (bytes <= 0) is_over_ = true;
    for (ssize_t i = 0; i < bytes; i++) {
      if (text[i] != '\n' && line_.size() < kLineBytesMax) line_ += text[i];
      if (text[i] != '\n') continue;
      Obey(line_);
      line_.clear();
    }
  }

  void Obey(const std::string& command) {
    if (command == "counters") return SayCounters();
    if (command == "cut" || command == "restore") {
      SetCut(command == "cut");
      return Say(command.c_str());
    }
    Say("unknown");
  }

  void SetCut(bool is_cut) noexcept {
    for (Link* link : {&forth_, &back_}) is_cut ? link->Cut() : link->Restore();
  }

  void SayCounters() { Say(Report(forth_, back_, is_realtime_, CpuSeconds()).c_str()); }

  // At once: somebody waits for it.
  static void Say(const char* line) {
    std::puts(line);
    std::fflush(stdout);
  }

  const Options& options_;
  Pool pool_{kPoolBytesMax};
  Link forth_;
  Link back_;
  Tun left_;
  Tun right_;
  int signals_fd_ = -1;
  int64_t lead_nanos_ = 0;
  std::string line_;
  bool is_realtime_ = false;
  bool is_over_ = false;
};

}  // namespace

}  // namespace pfs::emulator

int main(int count, char** words) {
  using namespace pfs::emulator;
  // what was open where we were started is not ours to keep open: a lock, a pipe somebody waits for the end of
  close_range(3, ~0U, 0);
  Options options;
  std::string complaint;
  if (!ReadOptions(count, words, options, complaint)) {
    std::fprintf(stderr, "emulator: %s\n%s", complaint.c_str(), kUsage);
    return 2;
  }
  Emulator emulator(options);
  if (!emulator.Open(complaint)) {
    std::fprintf(stderr, "emulator: %s\n", complaint.c_str());
    return 1;
  }
  emulator.Run();
  return 0;
}
