// plane_test.cc: trains sealed and opened allocate nothing once their stream is known, and come out as they went in.
//
//   g++ -std=c++20 -O3 -Inative native/test/plane_test.cc native/udp/send_plane.cc native/udp/receive_plane.cc
//       native/aead/*.cc native/base/*.cc -Wl,--no-as-needed -lcrypto && ./a.out

#include <cstdio>
#include <cstdlib>
#include <new>
#include <vector>

#include "udp/receive_plane.h"
#include "udp/send_plane.h"

static size_t allocations = 0;

// not inlined: the compiler would see free() meet new, and warn
[[gnu::noinline]] void* operator new(size_t bytes) {
  allocations++;
  return std::malloc(bytes);
}
[[gnu::noinline]] void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  allocations++;
  return std::malloc(bytes);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace {

using namespace pfs;

constexpr size_t kSlabBytes = 1 << 20;
constexpr size_t kPayloadBytes = 1434;
constexpr uint32_t kPackets = 44;
constexpr uint8_t kId[udp::kIdBytes] = {8, 7, 6, 5, 4, 3, 2, 1};

class OneSlab final : public udp::SlabSource {
 public:
  uint8_t* Slab(uint16_t, uint64_t index) noexcept override { return index == 0 ? memory_ : nullptr; }
  const uint8_t* Memory() const noexcept { return memory_; }

 private:
  uint8_t memory_[kSlabBytes] = {};
};

std::unique_ptr<aead::Cipher> Keys(aead::Suite suite) {
  const uint8_t key[32] = {1, 2, 3}, iv[16] = {4, 5, 6};
  return aead::MakeCipher(suite, key, iv);
}

int Carry(aead::Suite suite, const char* name) {
  if (!aead::HasSuite(suite)) {
    std::printf("plane_test: %s is not here\n", name);
    return 0;
  }
  static OneSlab slabs;
  std::vector<uint8_t> payload(kPackets * kPayloadBytes), run(kPackets * (kPayloadBytes + udp::kDataOverheadBytes));
  for (size_t i = 0; i < payload.size(); i++) payload[i] = static_cast<uint8_t>(i % 251);
  std::vector<double> records(udp::kRunRecordsMax * udp::kRecordNumbers);
  udp::SendPlane sender;
  udp::ReceivePlane receiver(kSlabBytes);
  sender.SetDestination(kId);
  sender.UseKeys(0, Keys(suite));
  receiver.AddKeys(0, Keys(suite));
  receiver.SetWindow(1, 0, kSlabBytes);
  size_t before = 0;
  for (uint64_t train = 0; train < 1000; train++) {
    if (train == 10) before = allocations;
    const udp::TrainPlan plan = {0, train * kPackets, kPackets, 1, (train % 8) * payload.size(), payload.size(),
                                 kPayloadBytes};
    const std::span<const uint8_t> part(payload);
    if (!sender.SealTrain(plan, std::span(&part, 1), run.data())) return 1;
    udp::Report report(records.data());
    const size_t segment_bytes = kPayloadBytes + udp::kDataOverheadBytes;
    if (receiver.Open(run.data(), run.size(), segment_bytes, kId, slabs, report) != run.size()) return 2;
    if (report.Records() != 1 || records[2] != kPackets) return 3;
    if (std::memcmp(slabs.Memory() + plan.offset, payload.data(), payload.size()) != 0) return 4;
  }
  std::printf("plane_test: %s, 43,560 packets each way, %zu allocations\n", name, allocations - before);
  return allocations == before ? 0 : 5;
}

}  // namespace

int main() {
  const int fault = Carry(aead::Suite::kAes256Gcm, "AES-256-GCM") + Carry(aead::Suite::kChaChaPoly, "ChaCha20-Poly1305") +
                    Carry(aead::Suite::kAegis128L, "AEGIS-128L");
  if (fault != 0) std::printf("plane_test: fault %d\n", fault);
  return fault == 0 ? 0 : 1;
}
