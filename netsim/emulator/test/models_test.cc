// The parts that know only numbers: chance, the rate's clock, bursts, drift, lateness.

#include <cstdlib>
#include <algorithm>
#include <initializer_list>

#include "burst_loss.h"
#include "check.h"
#include "drift.h"
#include "lateness.h"
#include "random.h"
#include "rate_clock.h"

namespace {

using namespace pfs::emulator;
using pfs::test::IsShare;

constexpr int kDraws = 1'000'000;

void Randoms() {
  Random one(7, 1), same(7, 1), other_stream(7, 2), other_seed(8, 1);
  int equal_streams = 0, equal_seeds = 0;
  for (int i = 0; i < 1000; i++) {
    const uint64_t bits = one.Bits();
    CHECK(bits == same.Bits());
    equal_streams += bits == other_stream.Bits();
    equal_seeds += bits == other_seed.Bits();
  }
  CHECK(equal_streams == 0 && equal_seeds == 0);

  int hits = 0;
  double sum = 0;
  for (int i = 0; i < kDraws; i++) {
    hits += one.Chance(0.001);
    sum += one.Unit();
    CHECK(one.Below(3) < 3);
  }
  CHECK(IsShare(hits, kDraws, 0.001));
  CHECK(std::fabs(sum / kDraws - 0.5) < 0.002);

  // what is impossible draws nothing
  Random drawn(1, 1), undrawn(1, 1);
  CHECK(!drawn.Chance(0));
  CHECK(drawn.Bits() == undrawn.Bits());
  for (int i = 0; i < 1000; i++) CHECK(drawn.Chance(1));
}

void RatesAreExact() {
  for (const double megabits : {20.0, 100.0, 300.0, 1000.0, 9999.0}) {
    RateClock clock(megabits, 1 << 20);
    int64_t bytes = 0, last = 0, now = 0;
    // overload: half as much again as it carries, in packets of 1500 bytes on the wire
    for (; now < 1'000'000'000; now += static_cast<int64_t>(1500 * 8 * 1000 / megabits / 1.5)) {
      const int64_t done = clock.Admit(now, 1486);
      if (done < 0) continue;
      CHECK(done >= last && done >= now);
      last = done;
      bytes += 1500;
    }
    const double got = static_cast<double>(bytes) * 8e3 / static_cast<double>(last);
    CHECK(std::fabs(got / megabits - 1) < 0.001);
    CHECK(clock.queued_bytes_max() <= 1 << 20);
    CHECK(clock.queued_bytes_max() > (1 << 20) - 1500);
  }
}

void QueuesDropAtTheirTail() {
  // 8 Mbit/s: a microsecond a byte. Ten packets of 1000 on the wire fit, the eleventh does not
  RateClock clock(8, 10'000);
  for (int i = 1; i <= 10; i++) CHECK(clock.Admit(0, 986) == i * 1'000'000);
  CHECK(clock.Admit(0, 986) == -1);
  CHECK(clock.Admit(1'000'000, 987) == -1);
  CHECK(clock.Admit(1'000'000, 986) == 11'000'000);
  // an idle link begins at once, and takes what no queue could hold
  CHECK(clock.Admit(50'000'000, 20'000) == 50'000'000 + 20'014'000);
  CHECK(clock.idle_nanos() == 50'000'000 - 11'000'000);
  clock.Empty();
  CHECK(clock.Admit(51'000'000, 986) == 52'000'000);
  RateClock unlimited(0, 10);
  CHECK(unlimited.Admit(5, 1 << 20) == 5);
}

void BurstsHaveTheirShareAndLength() {
  Random random(3, 1);
  BurstLoss burst(0.00773, 0.25);
  int lost = 0, runs = 0;
  bool was_lost = false;
  for (int i = 0; i < kDraws; i++) {
    const bool is_lost = burst.Lose(random);
    lost += is_lost;
    runs += is_lost && !was_lost;
    was_lost = is_lost;
  }
  // losses that hang together vary more: by (2 - leave) / leave, seven times here
  const double share = 0.00773 / (0.00773 + 0.25);
  CHECK(std::fabs(lost - share * kDraws) < 4 * std::sqrt(7 * share * kDraws));
  CHECK(std::fabs(static_cast<double>(lost) / runs - 4) < 0.2);
  BurstLoss never(0, 1), always(1, 0);
  for (int i = 0; i < 1000; i++) CHECK(!never.Lose(random) && always.Lose(random));
}

void WalksKeepOrder() {
  Random random(5, 1);
  Drift drift(20'000'000, false);
  int64_t last = 0, least = 0, most = 0;
  for (int64_t at = 1'000'000'000; at < 200'000'000'000; at += 1'000'000) {
    const int64_t out = at + drift.At(at, random);
    CHECK(out > last);
    last = out;
    least = std::min(least, out - at);
    most = std::max(most, out - at);
  }
  CHECK(least >= -20'000'000 && most <= 20'000'000);
  CHECK(least < -18'000'000 && most > 18'000'000);
  // not a jump, after a silence of many legs either
  const int64_t before = drift.At(last, random);
  const int64_t after = drift.At(last + 3'600'000'000'000, random);
  CHECK(std::llabs(before - after) <= 40'000'000);
  Drift none(0, false);
  CHECK(none.At(1, random) == 0);
}

void JitterByPacketIsUniform() {
  Random random(6, 1);
  Drift drift(1'000'000, true);
  double sum = 0, squares = 0;
  for (int i = 0; i < kDraws; i++) {
    const auto value = static_cast<double>(drift.At(0, random)) / 1e6;
    CHECK(value >= -1 && value <= 1);
    sum += value;
    squares += value * value;
  }
  CHECK(std::fabs(sum / kDraws) < 0.005);
  CHECK(std::fabs(squares / kDraws - 1.0 / 3) < 0.005);
}

void LatenessIsRightWithinAnEighth() {
  Lateness empty;
  CHECK(empty.QuantileNanos(0.99) == 0);
  for (const int64_t value : {0LL, 1LL, 7LL, 8LL, 15LL, 16LL, 1000LL, 123'456'789LL, 5'000'000'000'000LL}) {
    Lateness one;
    one.Record(value, 3);
    CHECK(one.QuantileNanos(0.5) == static_cast<uint64_t>(value));
    CHECK(one.max_nanos() == static_cast<uint64_t>(value));
  }
  Lateness many;
  many.Record(-5, 1);
  for (int64_t value = 1; value < 100'000; value++) many.Record(value, 1);
  for (const double share : {0.1, 0.5, 0.99}) {
    const double got = static_cast<double>(many.QuantileNanos(share)) / (share * 100'000);
    CHECK(got >= 0.999 && got <= 1.13);
  }
}

}  // namespace

int main() {
  return pfs::test::RunGroups({
      {"chance is even, and one seed is one sequence", Randoms},
      {"a rate is exact", RatesAreExact},
      {"a queue takes what just fits and drops one byte more", QueuesDropAtTheirTail},
      {"bursts have their share and length", BurstsHaveTheirShareAndLength},
      {"a walking delay keeps order and stays within", WalksKeepOrder},
      {"jitter by packet is uniform", JitterByPacketIsUniform},
      {"lateness is right within an eighth", LatenessIsRightWithinAnEighth},
  });
}
