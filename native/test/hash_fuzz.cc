// hash_fuzz.cc: every kernel that this machine has against the portable one, and whole hashes against the
// reference, on random lengths, alignments, modes and splits. Arguments: seed, iterations. Ends with 1 at the
// first difference, which the same seed brings again.
//
// g++ -std=c++20 -O3 -Inative native/test/hash_fuzz.cc native/hash/*.cc native/base/*.cc -o hash_fuzz

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include "base/cpu.h"
#include "blake3_reference.h"
#include "hash/parallel_hash.h"

using namespace pfs::hash;

namespace {

std::mt19937_64 chance;

// Below `limit`, small numbers as often as large ones.
size_t Below(size_t limit) {
  const size_t shift = chance() % 64;
  return (chance() >> shift) % limit;
}

// Memory with nothing behind it, so that a sanitizer sees every byte read or written too far.
struct Exact {
  explicit Exact(size_t bytes) : at(new uint8_t[bytes]), bytes(bytes) {
    for (size_t i = 0; i < bytes; i++) at[i] = static_cast<uint8_t>(chance());
  }
  std::unique_ptr<uint8_t[]> at;
  size_t bytes;
};

std::vector<blake3::Kernel> Kernels() {
  std::vector<blake3::Kernel> kernels = {blake3::ThisKernel()};
#if defined(__x86_64__)
  const pfs::Cpu& cpu = pfs::ThisCpu();
  if (cpu.sse41) kernels.push_back({"sse41", blake3::HashBatchSse41});
  if (cpu.avx2) kernels.push_back({"avx2", blake3::HashBatchAvx2});
#endif
  return kernels;
}

Mode AnyMode() {
  const Exact key(32);
  switch (chance() % 3) {
    case 0: return PlainMode();
    case 1: return KeyedMode(key.at.get());
    default: return DeriveMode(key.at.get(), Below(33));
  }
}

// One batch, as the tree never makes it: any count, counter, flags, length and number of blocks.
const char* Batches() {
  const size_t count = chance() % 70, blocks = 1 + chance() % 17;
  std::vector<Exact> memory;
  std::vector<const uint8_t*> inputs;
  std::vector<uint64_t> counters;
  for (size_t i = 0; i < count; i++) {
    memory.emplace_back(blocks * 64);
    inputs.push_back(memory.back().at.get());
    counters.push_back(Below(SIZE_MAX));
  }
  const Mode mode = AnyMode();
  blake3::Batch batch{inputs.data(), counters.data(), count, blocks, mode.key, static_cast<uint8_t>(chance()),
                      static_cast<uint8_t>(chance()), static_cast<uint8_t>(chance())};
  std::vector<uint16_t> lengths;
  for (size_t i = 0; i < count; i++) lengths.push_back(static_cast<uint16_t>(chance() % (blocks * 64 + 1)));
  if (chance() % 2 == 0) batch.lengths = lengths.data();
  const Exact wanted(count * 32), found(count * 32);
  blake3::HashBatchPortable(batch, wanted.at.get());
  for (const blake3::Kernel& kernel : Kernels()) {
    kernel.hash(batch, found.at.get());
    if (!std::equal(wanted.at.get(), wanted.at.get() + count * 32, found.at.get())) return kernel.name;
  }
  return nullptr;
}

const char* Hashes() {
  const Exact input(Below(200'000));
  const Mode mode = AnyMode();
  const Exact out(Below(400));
  const auto wanted = reference::Hash(mode, input.at.get(), input.bytes, out.bytes);
  Blake3(mode, input.at.get(), input.bytes, out.at.get(), out.bytes);
  return std::equal(wanted.begin(), wanted.end(), out.at.get()) ? nullptr : "a hash";
}

const char* Subtrees() {
  const size_t part = size_t{1024} << chance() % 7;
  const Exact input(part + 1 + Below(300'000));
  const Mode mode = AnyMode();
  Exact values((input.bytes + part - 1) / part * 32);
  for (size_t i = 0; i * part < input.bytes; i++)
    SubtreeValue(mode, input.at.get() + i * part, std::min(part, input.bytes - i * part), i * part / 1024,
                 values.at.get() + i * 32);
  uint8_t out[32];
  JoinSubtrees(mode, values.at.get(), values.bytes / 32, out);
  const auto wanted = reference::Hash(mode, input.at.get(), input.bytes);
  return std::equal(wanted.begin(), wanted.end(), out) ? nullptr : "subtrees";
}

const char* Many() {
  std::vector<uint32_t> lengths(Below(100));
  const size_t longest = 1 + Below(70'000);
  const uint32_t usual = static_cast<uint32_t>(Below(longest));
  size_t total = 0;
  for (uint32_t& length : lengths) {
    length = chance() % 3 == 0 ? static_cast<uint32_t>(Below(longest)) : usual;
    total += length;
  }
  const Exact inputs(total);
  const Mode mode = AnyMode();
  const Exact out(lengths.size() * 32);
  Blake3Many(mode, inputs.at.get(), lengths.data(), lengths.size(), out.at.get());
  const uint8_t* input = inputs.at.get();
  for (size_t i = 0; i < lengths.size(); input += lengths[i++]) {
    const auto wanted = reference::Hash(mode, input, lengths[i]);
    if (!std::equal(wanted.begin(), wanted.end(), out.at.get() + i * 32)) return "many";
  }
  return nullptr;
}

}  // namespace

int main(int count, char** arguments) {
  const uint64_t seed = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 1;
  const uint64_t iterations = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1000;
  for (uint64_t i = 0; i < iterations; i++) {
    chance.seed(seed + i);
    for (const auto& group : {Batches, Hashes, Subtrees, Many}) {
      const char* fault = group();
      if (fault == nullptr) continue;
      std::printf("FAILED %s: hash_fuzz %llu 1\n", fault, static_cast<unsigned long long>(seed + i));
      return 1;
    }
  }
  std::printf("hash_fuzz (%s): %llu iterations from seed %llu ok\n", Blake3Kernel(),
              static_cast<unsigned long long>(iterations), static_cast<unsigned long long>(seed));
}
