// plane_fuzz.cc: hostile runs against the receiving plane: bent, cut, repeated and foreign packets in runs of any segment
// size, under the sanitizers. What opens must lie where it was sent; nothing else may be written.
//
//   g++ -std=c++20 -O1 -g -fsanitize=address,undefined -Inative native/test/plane_fuzz.cc native/udp/send_plane.cc
//       native/udp/receive_plane.cc native/aead/*.cc native/base/*.cc -lcrypto && ./a.out [SEED] [ROUNDS]

#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "udp/receive_plane.h"
#include "udp/send_plane.h"

namespace {

using namespace pfs;

constexpr size_t kSlabBytes = 4096;
constexpr size_t kSlabsMax = 64;
constexpr uint8_t kId[udp::kIdBytes] = {1, 2, 3, 4, 5, 6, 7, 8};

class Slabs final : public udp::SlabSource {
 public:
  uint8_t* Slab(uint16_t stream, uint64_t index) noexcept override {
    if (stream != 1 || index >= kSlabsMax) return nullptr;
    if (!slabs_[index]) slabs_[index] = std::make_unique<uint8_t[]>(kSlabBytes);
    return slabs_[index].get();
  }
  uint8_t At(size_t offset) const {
    const auto& slab = slabs_[offset / kSlabBytes];
    return slab ? slab[offset % kSlabBytes] : 0;
  }

 private:
  std::unique_ptr<uint8_t[]> slabs_[kSlabsMax];
};

uint8_t Painted(size_t offset) { return static_cast<uint8_t>(1 + offset % 251); }

std::unique_ptr<aead::Cipher> Keys(uint32_t phase) {
  uint8_t key[32], iv[16];
  std::memset(key, static_cast<int>(phase + 1), sizeof key);
  std::memset(iv, static_cast<int>(phase + 101), sizeof iv);
  return aead::MakeCipher(aead::Suite::kAes256Gcm, key, iv);
}

int Round(uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&random](size_t limit) { return limit == 0 ? 0 : random() % limit; };
  std::vector<uint8_t> content(kSlabsMax * kSlabBytes);
  for (size_t i = 0; i < content.size(); i++) content[i] = Painted(i);
  udp::SendPlane sender;
  udp::ReceivePlane receiver(kSlabBytes);
  sender.SetDestination(kId);
  sender.UseKeys(0, Keys(0));
  receiver.AddKeys(0, Keys(0));
  receiver.AddKeys(1, Keys(1));
  receiver.UsePaths(1 + below(udp::kPathsMax));
  const size_t limit = content.size() - below(kSlabBytes);
  receiver.SetWindow(1, below(5000), limit);
  Slabs slabs;
  std::vector<double> records(udp::kRunRecordsMax * udp::kRecordNumbers);
  uint64_t number = below(3) == 0 ? (uint64_t{1} << 32) - 20 : 0;
  for (int train = 0; train < 20; train++) {
    if (train == 10) sender.UseKeys(1, Keys(1));
    udp::TrainPlan plan;
    plan.path = static_cast<uint8_t>(below(udp::kPathsMax));
    plan.first_number = number;
    plan.packets = static_cast<uint32_t>(1 + below(60));
    plan.stream = static_cast<uint16_t>(below(20) == 0 ? 3 : 1);
    plan.payload_bytes = 1 + below(1400);
    plan.length_bytes = (plan.packets - 1) * plan.payload_bytes + 1 + below(plan.payload_bytes);
    if (plan.length_bytes > content.size()) continue;
    plan.offset = below(content.size() - plan.length_bytes + 1);
    number += plan.packets + below(3);
    std::vector<uint8_t> run(plan.WireBytes());
    const std::span<const uint8_t> part(content.data() + plan.offset, plan.length_bytes);
    if (!sender.SealTrain(plan, std::span(&part, 1), run.data())) return 1;
    size_t segment_bytes = plan.payload_bytes + udp::kDataOverheadBytes;
    switch (below(6)) {
      case 0: run[below(run.size())] ^= static_cast<uint8_t>(1 << below(8)); break;
      case 1: run.resize(1 + below(run.size())); break;
      case 2: segment_bytes = 1 + below(70000); break;
      case 3: run.insert(run.end(), run.begin(), run.begin() + static_cast<long>(below(run.size()))); break;
      case 4: for (size_t i = 0; i < run.size(); i += 1 + below(400)) run[i] = static_cast<uint8_t>(random());
      default: break;
    }
    for (size_t at = 0; at < run.size();) {
      udp::Report report(records.data());
      const size_t taken = receiver.Open(run.data() + at, run.size() - at, segment_bytes, kId, slabs, report);
      if (taken == 0 || taken > run.size() - at || report.Records() > udp::kRunRecordsMax) return 2;
      at += taken;
    }
  }
  for (size_t i = 0; i < content.size(); i++) {
    const uint8_t stored = slabs.At(i);
    if (stored != 0 && (stored != Painted(i) || i >= limit)) return 3;
  }
  return 0;
}

}  // namespace

int main(int count, char** words) {
  const uint64_t first = count > 1 ? std::strtoull(words[1], nullptr, 10) : 1;
  const uint64_t rounds = count > 2 ? std::strtoull(words[2], nullptr, 10) : 2000;
  for (uint64_t seed = first; seed < first + rounds; seed++) {
    const int fault = Round(seed);
    if (fault == 0) continue;
    std::printf("plane_fuzz: seed %llu: fault %d\n", static_cast<unsigned long long>(seed), fault);
    return 1;
  }
  std::printf("plane_fuzz: %llu rounds from seed %llu\n", static_cast<unsigned long long>(rounds),
              static_cast<unsigned long long>(first));
  return 0;
}
