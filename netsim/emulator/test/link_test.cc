// One direction as a whole, in virtual time: packets go in, and every one of them comes out or is counted as lost.

#include "link.h"

#include <algorithm>

#include "check.h"
#include "frames.h"
#include "options.h"
#include "report.h"

namespace {

using namespace pfs::test;

constexpr int64_t kMillis = 1'000'000;
constexpr int64_t kSent = 20'000;

struct Arrival {
  int64_t due_nanos;
  uint32_t number;  // of its first packet, in the order they went in
  uint32_t count;
  bool is_sound;
};

// A link, and packets of 1028 bytes for it, alone or several to a frame.
class Bench {
 public:
  explicit Bench(const char* settings, uint64_t seed = 1) : link_(Read(settings), seed, 1, pool_) {}

  void Send(int64_t frames, uint32_t packets, int64_t apart_nanos) {
    for (int64_t i = 0; i < frames; i++, now_ += apart_nanos) {
      while (link_.NextNanos() <= now_) Receive();
      const Shape shape{4, Transport::kUdp, size_t{1000} * packets, static_cast<uint16_t>(packets > 1 ? 1000 : 0)};
      Bytes bytes = MakeFrame(shape);
      std::memcpy(bytes.data() + kVirtioBytes + 28, &sent_, sizeof sent_);
      Frame* frame = pool_.Take(bytes.size());
      std::memcpy(frame->data(), bytes.data(), bytes.size());
      frame->layout = Understand(frame->view());
      link_.Take(*frame, now_);
      sent_ += packets;
      pool_.Drop(frame);
    }
  }

  void Finish() {
    while (link_.NextNanos() != Schedule::kNever) Receive();
  }

  std::vector<uint32_t> Numbers() const {
    std::vector<uint32_t> numbers;
    for (const Arrival& arrival : arrivals_)
      for (uint32_t i = 0; i < arrival.count; i++) numbers.push_back(arrival.number + i);
    return numbers;
  }

  uint64_t Lost() const {
    const Counters& c = counters();
    return c.queue_drops + c.lost_random + c.lost_burst + c.lost_too_big + c.lost_cut;
  }
  bool IsBalanced() const {
    const Counters& c = counters();
    return c.packets_in == sent_ && c.packets_in + c.duplicated == c.packets_delivered + Lost();
  }

  Link& link() { return link_; }
  const Counters& counters() const { return link_.counters(); }
  const std::vector<Arrival>& arrivals() const { return arrivals_; }
  int64_t now() const { return now_; }

 private:
  static Settings Read(const char* word) {
    Settings settings;
    std::string complaint;
    CHECK(ReadSettings(word, settings, complaint));
    return settings;
  }

  void Receive() {
    const Part part = link_.Next();
    uint32_t number = 0;
    std::memcpy(&number, part.frame->data() + kVirtioBytes + 28, sizeof number);
    const auto view = part.frame->view();
    arrivals_.push_back({part.due_nanos, number + part.first, part.count, IsSound(Bytes(view.begin(), view.end()))});
    link_.Delivered(part, 0);
    pool_.Drop(part.frame);
  }

  Pool pool_{64 << 20};
  Link link_;
  std::vector<Arrival> arrivals_;
  uint32_t sent_ = 0;
  int64_t now_ = 1'000'000'000;
};

void NothingIsTransparent() {
  Bench bench("");
  bench.Send(100, 40, 1000);
  bench.Finish();
  // no limit: whole frames, at once
  CHECK(bench.arrivals().size() == 100);
  CHECK(bench.arrivals()[99].due_nanos == 1'000'000'000 + 99'000);
  CHECK(bench.counters().bytes_in == 4000 * 1028 && bench.counters().bytes_delivered == 4000 * 1028);
  CHECK(bench.IsBalanced() && bench.Lost() == 0);
}

void DelayIsAdded() {
  // 1042 bytes at 8.336 Mbit/s are a millisecond
  Bench bench("rate-megabits=8.336,delay-millis=30");
  bench.Send(100, 1, 2 * kMillis);
  bench.Finish();
  for (size_t i = 0; i < 100; i++) {
    CHECK(std::llabs(bench.arrivals()[i].due_nanos - (1'000'000'000 + int64_t(i) * 2 * kMillis + 31 * kMillis)) < 1000);
    CHECK(bench.arrivals()[i].number == i);
  }
}

void ChunksAreShort() {
  // a packet takes 83.36 us: two to a piece of at most 250 us, because a piece's own time counts from its beginning
  Bench bench("rate-megabits=100,queue-bytes=1000000");
  bench.Send(1, 40, 0);
  bench.Finish();
  int64_t last = 1'000'000'000;
  for (const Arrival& arrival : bench.arrivals()) {
    CHECK(arrival.due_nanos - last <= 250'100);
    CHECK(std::llabs(arrival.due_nanos - last - int64_t{arrival.count} * 83'360) < 10);
    last = arrival.due_nanos;
  }
  CHECK(bench.arrivals().size() >= 14 && bench.IsBalanced());
  // a slow link lets out packet by packet
  Bench slow("rate-megabits=20,queue-bytes=1000000");
  slow.Send(1, 40, 0);
  slow.Finish();
  CHECK(slow.arrivals().size() == 40);
}

void TailsAreDropped() {
  Bench bench("rate-megabits=100,queue-bytes=10420");
  bench.Send(1, 40, 0);
  bench.Finish();
  CHECK(bench.counters().queue_drops == 30 && bench.IsBalanced());
  const std::vector<uint32_t> numbers = bench.Numbers();
  CHECK(numbers.size() == 10 && numbers.back() == 9);
  CHECK(bench.link().clock().queued_bytes_max() == 10'420);
}

// The same count whether packets come alone or forty to a frame: each draws for itself.
void LossCountsPackets(uint32_t packets) {
  Bench bench("loss-percent=1,burst-enter-percent=0.773,burst-leave-percent=25");
  bench.Send(kSent * 10 / packets, packets, 1000);
  bench.Finish();
  const Counters& c = bench.counters();
  CHECK(c.packets_in == kSent * 10);
  CHECK(IsShare(static_cast<double>(c.lost_random), kSent * 10, 0.01));
  const double in_bursts = static_cast<double>(c.lost_burst) / (kSent * 10);
  CHECK(std::fabs(in_bursts - 0.03 * 0.99) < 4 * std::sqrt(7 * 0.03 / (kSent * 10)));
  CHECK(bench.IsBalanced());
  const std::vector<uint32_t> numbers = bench.Numbers();
  CHECK(std::is_sorted(numbers.begin(), numbers.end()));
}

void SizesAboveVanish() {
  Bench lets("drop-above-bytes=1028");
  lets.Send(10, 4, 1000);
  CHECK(lets.counters().lost_too_big == 0);
  Bench drops("drop-above-bytes=1027");
  drops.Send(10, 4, 1000);
  CHECK(drops.counters().lost_too_big == 40 && drops.IsBalanced());
}

void HeldPacketsAreOvertaken(uint32_t packets) {
  Bench bench("delay-millis=5,reorder-percent=2,reorder-millis=3");
  bench.Send(kSent / packets, packets, 100'000 * int64_t{packets});
  bench.Finish();
  const std::vector<uint32_t> numbers = bench.Numbers();
  CHECK(bench.IsBalanced() && numbers.size() == kSent);
  CHECK(IsShare(static_cast<double>(bench.counters().reordered), kSent, 0.02));
  uint64_t late = 0;
  uint32_t most = 0;
  for (const uint32_t number : numbers) {
    if (number < most) late++;
    most = std::max(most, number);
  }
  // one is not late when all that could overtake it is held as well
  CHECK(late <= bench.counters().reordered && late * 100 > bench.counters().reordered * 95);
}

void TwinsComeTwice() {
  Bench bench("delay-millis=5,duplicate-percent=3");
  bench.Send(kSent / 4, 4, 100'000);
  bench.Finish();
  const std::vector<uint32_t> numbers = bench.Numbers();
  CHECK(IsShare(static_cast<double>(bench.counters().duplicated), kSent, 0.03));
  CHECK(numbers.size() == kSent + bench.counters().duplicated && bench.IsBalanced());
  CHECK(std::is_sorted(numbers.begin(), numbers.end()));
}

void DamageIsCounted(const char* settings, bool silently) {
  Bench bench(settings);
  bench.Send(kSent / 4, 4, 100'000);
  bench.Finish();
  const Counters& c = bench.counters();
  CHECK(IsShare(static_cast<double>(c.corrupted), kSent, 0.02));
  CHECK(c.packets_delivered == kSent && bench.IsBalanced());
  uint64_t unsound = 0;
  for (const Arrival& arrival : bench.arrivals()) unsound += !arrival.is_sound;
  CHECK(unsound == (silently ? 0 : c.corrupted));
}

void JitterByPacketReorders() {
  Bench bench("delay-millis=20,jitter-millis=10,jitter-by-packet=1");
  bench.Send(2000, 4, kMillis);
  bench.Finish();
  std::vector<uint32_t> numbers = bench.Numbers();
  CHECK(bench.IsBalanced() && numbers.size() == 8000);
  CHECK(!std::is_sorted(numbers.begin(), numbers.end()));
  std::sort(numbers.begin(), numbers.end());
  for (uint32_t i = 0; i < 8000; i++) CHECK(numbers[i] == i);
  for (size_t i = 1; i < bench.arrivals().size(); i++)
    CHECK(bench.arrivals()[i].due_nanos >= bench.arrivals()[i - 1].due_nanos);
}

void CutsLoseAll() {
  Bench bench("rate-megabits=8.336,delay-millis=30,queue-bytes=1000000");
  bench.Send(100, 1, kMillis);
  const auto arrived = bench.counters().packets_delivered;
  CHECK(arrived > 60 && arrived < 75);
  bench.link().Cut();
  CHECK(bench.link().NextNanos() == Schedule::kNever);
  CHECK(bench.counters().lost_cut == 100 - arrived);
  bench.Send(50, 2, kMillis);
  CHECK(bench.link().NextNanos() == Schedule::kNever);
  CHECK(bench.counters().lost_cut == 200 - arrived && bench.IsBalanced());
  bench.link().Restore();
  const int64_t restored = bench.now();
  bench.Send(1, 1, 0);
  // what had waited is not waited for
  CHECK(bench.link().NextNanos() - restored < 31 * kMillis + 1000);
  bench.Finish();
  CHECK(bench.IsBalanced());
}

void SeedsRepeat() {
  const char* settings = "delay-millis=9,jitter-millis=2,loss-percent=3,reorder-percent=1,reorder-millis=1,duplicate-percent=1";
  const auto run = [&](uint64_t seed) {
    Bench bench(settings, seed);
    bench.Send(2000, 4, 100'000);
    bench.Finish();
    return bench.Numbers();
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
}

void OptionsAreRefused() {
  Settings settings;
  std::string complaint;
  for (const char* word : {"loss-percent=101", "loss=1", "delay-millis", "delay-millis=", "delay-millis=-1",
                           "rate-megabits=nan", "delay-millis=1,jitter-millis=2", "delay-millis=1x"}) {
    settings = {};
    CHECK(!ReadSettings(word, settings, complaint));
  }
  settings = {};
  CHECK(ReadSettings("loss-percent=100,delay-millis=2,jitter-millis=2", settings, complaint));
  CHECK(settings.loss == 1 && settings.delay_nanos == 2 * kMillis);
  Options options;
  const char* good[] = {"emulator", "--left", "a:b", "--right", "c:d", "--seed", "7", "--control", "--both", "delay-millis=1"};
  CHECK(ReadOptions(10, good, options, complaint));
  CHECK(options.seed == 7 && options.has_control && options.back.delay_nanos == kMillis && options.left.space == "a");
  for (const char* word : {"--seed", "--what", "--left"}) {
    const char* bad[] = {"emulator", word, "x"};
    CHECK(!ReadOptions(3, bad, options, complaint));
    CHECK(!ReadOptions(2, bad, options, complaint));
  }
  const char* half[] = {"emulator", "--left", "a:b"};
  Options one_end;
  CHECK(!ReadOptions(3, half, one_end, complaint));
}

void ReportsSayTheCounters() {
  Bench forth("loss-percent=100"), back("");
  forth.Send(3, 1, 0);
  back.Send(2, 1, 0);
  back.Finish();
  const std::string text = Report(forth.link(), back.link(), true, 1.5);
  CHECK(text.find("\"forth\":{\"packetsIn\":3,\"bytesIn\":3084,\"packetsDelivered\":0") != std::string::npos);
  CHECK(text.find("\"back\":{\"packetsIn\":2,\"bytesIn\":2056,\"packetsDelivered\":2") != std::string::npos);
  CHECK(text.find("\"lostRandom\":3,") != std::string::npos);
  CHECK(text.ends_with("\"isRealtime\":true,\"cpuSeconds\":1.500}"));
}

}  // namespace

int main() {
  return RunGroups({
      {"a link of nothing is transparent", NothingIsTransparent},
      {"delay is added behind the serialiser", DelayIsAdded},
      {"a super-packet goes on in short pieces", ChunksAreShort},
      {"a full queue drops at its tail", TailsAreDropped},
      {"loss counts packets that come alone", [] { LossCountsPackets(1); }},
      {"loss counts packets that come forty at once", [] { LossCountsPackets(40); }},
      {"what is too big vanishes", SizesAboveVanish},
      {"held packets are overtaken", [] { HeldPacketsAreOvertaken(1); }},
      {"held packets of super-packets are overtaken", [] { HeldPacketsAreOvertaken(20); }},
      {"twins come twice", TwinsComeTwice},
      {"damage is counted and seen", [] { DamageIsCounted("corrupt-percent=2", false); }},
      {"silent damage is counted and not seen", [] { DamageIsCounted("corrupt-percent=2,corrupt-silently=1", true); }},
      {"jitter by packet reorders, and loses none", JitterByPacketReorders},
      {"a cut loses all until it is restored", CutsLoseAll},
      {"a seed repeats itself", SeedsRepeat},
      {"what cannot be is refused", OptionsAreRefused},
      {"a report says the counters", ReportsSayTheCounters},
  });
}
