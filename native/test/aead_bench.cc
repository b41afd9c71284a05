// aead_bench.cc: GB/s of packets, sealed and opened in trains of 64 by the ciphers of aead/; for AEGIS by
// each kernel.
//
//   g++ -std=c++20 -O3 -Inative native/test/aead_bench.cc native/aead/*.cc native/base/*.cc -Wl,--no-as-needed -lcrypto
// The packets' whole bytes count, header and tag included; the median of 5 runs of 0.2 s, in cache. The plain
// loop is what bench/cases compare the face of node with: the same train, from C.

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "aead/aead.h"
#include "aead/aegis128l.h"
#include "aead/aegis_cipher.h"
#include "base/cpu.h"
#include "test/aead_support.h"

namespace {

using namespace pfs::aead;

constexpr uint32_t kPackets = 64;
constexpr size_t kHeader = 14;
constexpr size_t kSizes[] = {1200, 1432, 8900};

// Of the processor, not the wall: others may want the machine too.
double Now() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

template <class Work>
double Median(size_t bytes, Work work) {
  double rates[5];
  for (double& rate : rates) {
    const double begin = Now();
    size_t rounds = 0;
    double now;
    do {
      for (int i = 0; i < 16; i++) work();
      rounds += 16;
      now = Now();
    } while (now - begin < 0.2);
    rate = static_cast<double>(rounds * bytes) / (now - begin) / 1e9;
  }
  std::sort(rates, rates + 5);
  return rates[2];
}

void Bench(const char* name, Cipher& cipher) {
  for (const size_t bytes : kSizes) {
    pfs::test::Bytes memory(bytes * kPackets);
    uint64_t number = 0;
    const double seal = Median(memory.size(), [&] {
      cipher.SealTrain({memory.data(), bytes, bytes, bytes, kPackets, 0, number}, kHeader);
      number += kPackets;
    });
    // opening what is no longer sealed costs the same, and zeroing: so each round opens a fresh copy, whose
    // cost is measured alone and taken off
    cipher.SealTrain({memory.data(), bytes, bytes, bytes, kPackets, 0, 0}, kHeader);
    pfs::test::Bytes copy(memory.size());
    const auto fill = [&] {
      std::memcpy(copy.data(), memory.data(), memory.size());
      asm volatile("" ::: "memory");
    };
    const double copies = Median(memory.size(), fill);
    std::vector<Cipher::Sealed> sealed;
    for (uint32_t i = 0; i < kPackets; i++) sealed.push_back({copy.data() + i * bytes, bytes, i});
    bool opened[kPackets];
    bool all = true;
    const double both = Median(memory.size(), [&] {
      fill();
      cipher.OpenMany(sealed.data(), kPackets, kHeader, 0, opened);
      all = all && opened[0] && opened[kPackets - 1];
    });
    std::printf("%-18s %5zu B  seal %6.2f  open %6.2f GB/s%s\n", name, bytes, seal, 1 / (1 / both - 1 / copies),
                all ? "" : "  FORGED");
  }
}

}  // namespace

int main() {
  pfs::test::Chance chance(1);
  const pfs::test::Bytes key = chance.Some(32), iv = chance.Some(kNonceBytesMax);
  for (const Suite suite : {Suite::kAes256Gcm, Suite::kChaChaPoly})
    if (const auto cipher = MakeCipher(suite, key.data(), iv.data()))
      Bench(suite == Suite::kAes256Gcm ? "aes-256-gcm" : "chacha20-poly1305", *cipher);
  const auto bench = [&](const aegis128l::Kernels& kernels) {
    AegisCipher cipher(kernels, *aegis128l::Single(), key.data(), iv.data());
    Bench(kernels.name, cipher);
  };
#if defined(__x86_64__)
  if (pfs::ThisCpu().aes) bench(aegis128l::kAesNi);
  if (pfs::ThisCpu().vaes) bench(aegis128l::kVaes256);
  if (pfs::ThisCpu().vaes && pfs::ThisCpu().avx512) bench(aegis128l::kVaes512);
#elif defined(__aarch64__)
  if (pfs::ThisCpu().aes) bench(aegis128l::kArmv8);
#endif
  return 0;
}
