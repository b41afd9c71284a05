// aead_fuzz.cc: every AEGIS kernel of this machine against the soft reference, at every length from 0 to 300
// and chance ones to 9,000, headers from 0 to 64, both tags, forged bits. Ends only by its count, or with
// status 1 and what to repeat.
//
//   g++ -std=c++20 -O3 -Inative native/test/aead_fuzz.cc native/aead/*.cc native/base/*.cc -o aead_fuzz
//   ./aead_fuzz [seed] [iterations]

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "aead/aegis128l.h"
#include "base/cpu.h"
#include "test/aead_support.h"
#include "test/aegis128l_soft.h"

namespace {

using namespace pfs::aead::aegis128l;
using pfs::test::Bytes;
using pfs::test::Chance;

constexpr size_t kSweep = 301;

// What each case is about, so that a failure can be repeated from its seed.
struct Case {
  size_t text_bytes, header_bytes, tag_bytes;
};

Case CaseOf(uint64_t iteration, Chance& chance) {
  const size_t bound = chance.Below(8) == 0 ? 9001 : kSweep;
  const size_t text = iteration < kSweep ? iteration : chance.Below(bound);
  return {text, chance.Below(65), chance.Below(2) == 0 ? size_t{16} : size_t{32}};
}

const char* TryKernels(const Kernels& kernels, const Case& c, Chance& chance) {
  const Bytes key = chance.Some(kKeyBytes);
  Batch batch{};
  batch.header_bytes = c.header_bytes;
  batch.text_bytes = c.text_bytes;
  Bytes headers[kLanesMax], plains[kLanesMax], texts[kLanesMax], expected[kLanesMax];
  uint8_t tags[kLanesMax][kLongTagBytes], again[kLanesMax][kLongTagBytes], soft[kLanesMax][kLongTagBytes];
  // text at an odd place, as behind a packet's header; vectors of their exact length, so that ASan sees what
  // is beyond
  const size_t odd = chance.Below(16);
  for (size_t i = 0; i < kernels.lanes; i++) {
    headers[i] = chance.Some(c.header_bytes);
    plains[i] = chance.Some(odd + c.text_bytes);
    texts[i] = expected[i] = plains[i];
    chance.Fill(batch.nonce[i], kNonceBytes);
    batch.header[i] = headers[i].data();
    batch.text[i] = texts[i].data() + odd;
    pfs::test::SoftSeal(key.data(), batch.nonce[i], headers[i].data(), c.header_bytes, expected[i].data() + odd,
                        c.text_bytes, soft[i], c.tag_bytes);
  }
  kernels.seal(key.data(), batch, c.tag_bytes, tags);
  for (size_t i = 0; i < kernels.lanes; i++) {
    if (texts[i] != expected[i]) return "sealed text";
    if (std::memcmp(tags[i], soft[i], c.tag_bytes) != 0) return "tag";
  }
  // one bit of one lane, and that lane alone does not open
  const size_t forged = chance.Below(kernels.lanes);
  const size_t bits = 8 * (c.header_bytes + c.text_bytes);
  const size_t bit = bits == 0 ? 0 : chance.Below(bits);
  if (bits > 0) {
    uint8_t* const byte = bit / 8 < c.header_bytes ? headers[forged].data() + bit / 8
                                                   : batch.text[forged] + bit / 8 - c.header_bytes;
    *byte = static_cast<uint8_t>(*byte ^ (1u << bit % 8));
  }
  kernels.open(key.data(), batch, c.tag_bytes, again);
  for (size_t i = 0; i < kernels.lanes; i++) {
    const bool is_same = std::memcmp(again[i], tags[i], c.tag_bytes) == 0;
    if (is_same != (bits == 0 || i != forged)) return "verdict";
    if (is_same && texts[i] != plains[i]) return "opened text";
  }
  return nullptr;
}

// Seal and Open, whose verdict is theirs and which leave nothing of a forgery.
const char* TryWhole(const Case& c, Chance& chance) {
  const Bytes key = chance.Some(kKeyBytes), nonce = chance.Some(kNonceBytes), header = chance.Some(c.header_bytes);
  const Bytes plain = chance.Some(c.text_bytes);
  Bytes text = plain, tag(c.tag_bytes);
  Seal(key.data(), nonce.data(), header.data(), header.size(), text.data(), text.size(), tag.data(), c.tag_bytes);
  Bytes forged_tag = tag, copy = text;
  const size_t bit = chance.Below(8 * c.tag_bytes);
  forged_tag[bit / 8] = static_cast<uint8_t>(forged_tag[bit / 8] ^ (1u << bit % 8));
  if (Open(key.data(), nonce.data(), header.data(), header.size(), copy.data(), copy.size(), forged_tag.data(),
           c.tag_bytes))
    return "forged tag";
  if (copy != Bytes(copy.size())) return "left text";
  if (!Open(key.data(), nonce.data(), header.data(), header.size(), text.data(), text.size(), tag.data(), c.tag_bytes))
    return "open";
  return text == plain ? nullptr : "text";
}

std::vector<const Kernels*> KernelsHere() {
  std::vector<const Kernels*> kernels;
#if defined(__x86_64__)
  if (pfs::ThisCpu().aes) kernels.push_back(&kAesNi);
  if (pfs::ThisCpu().vaes) kernels.push_back(&kVaes256);
  if (pfs::ThisCpu().vaes && pfs::ThisCpu().avx512) kernels.push_back(&kVaes512);
#elif defined(__aarch64__)
  if (pfs::ThisCpu().aes) kernels.push_back(&kArmv8);
#endif
  return kernels;
}

}  // namespace

int main(int count, char** arguments) {
  const uint64_t seed = count > 1 ? std::strtoull(arguments[1], nullptr, 0) : 1;
  const uint64_t iterations = count > 2 ? std::strtoull(arguments[2], nullptr, 0) : 3000;
  const std::vector<const Kernels*> kernels = KernelsHere();
  for (uint64_t i = 0; i < iterations; i++) {
    // a case by itself: the number alone repeats it
    const auto fresh = [&] { return Chance(seed * 1000003 + i); };
    for (const Kernels* kernel : kernels) {
      Chance chance = fresh();
      const Case c = CaseOf(i, chance);
      const char* wrong = TryKernels(*kernel, c, chance);
      if (wrong == nullptr && kernel == Single()) wrong = TryWhole(c, chance);
      if (wrong == nullptr) continue;
      std::printf("FAILED %s: %s, text %zu header %zu tag %zu; seed %llu iteration %llu\n", kernel->name, wrong,
                  c.text_bytes, c.header_bytes, c.tag_bytes, static_cast<unsigned long long>(seed),
                  static_cast<unsigned long long>(i));
      return 1;
    }
  }
  std::printf("ok: %zu kernels, %llu cases, seed %llu\n", kernels.size(),
              static_cast<unsigned long long>(iterations), static_cast<unsigned long long>(seed));
  return 0;
}
