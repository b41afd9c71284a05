// hash_test.cc: BLAKE3 against its published vectors and, at every length that might matter, against the
// reference; XXH64 against the published values. Run it under each PFS_CPU. Argument: the vectors
// (test/vectors/blake3.json).
//
// g++ -std=c++20 -O3 -Inative native/test/hash_test.cc native/hash/*.cc native/base/*.cc -pthread -o hash_test

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "blake3_reference.h"
#include "hash/parallel_hash.h"
#include "hash/xxh64.h"

using namespace pfs::hash;

namespace {

int failures = 0;

void Check(bool holds, const char* what, size_t number) {
  if (holds) return;
  failures++;
  std::printf("FAILED %s at %zu\n", what, number);
}

void Done(const char* group) {
  static int before = 0;
  std::printf("%-48s %s\n", group, failures == before ? "ok" : "FAILED");
  before = failures;
}

// Period 251, a prime: blocks and chunks that change places are seen. As the published vectors have it.
std::vector<uint8_t> Painted(size_t bytes) {
  std::vector<uint8_t> input(bytes);
  for (size_t i = 0; i < bytes; i++) input[i] = static_cast<uint8_t>(i % 251);
  return input;
}

std::string Hex(const std::vector<uint8_t>& bytes) {
  std::string text;
  for (const uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

std::vector<uint8_t> Hash(const Mode& mode, const std::vector<uint8_t>& input, size_t out_bytes = 32) {
  std::vector<uint8_t> out(out_bytes);
  Blake3(mode, input.data(), input.size(), out.data(), out_bytes);
  return out;
}

const uint8_t* Bytes(const std::string& text) { return reinterpret_cast<const uint8_t*>(text.data()); }

// The value of the next `"name":` behind `at`, without quotes; `at` moves behind it.
std::string Next(const std::string& json, const char* name, size_t& at) {
  at = json.find(std::string("\"") + name + "\":", at);
  if (at == std::string::npos) return {};
  at = json.find_first_not_of(": \"", at + std::strlen(name) + 2);
  const size_t end = json.find_first_of(",\"\n", at);
  const std::string value = json.substr(at, end - at);
  at = end;
  return value;
}

void Vectors(const char* path) {
  std::ifstream file(path);
  const std::string json{std::istreambuf_iterator<char>(file), {}};
  size_t at = 0, cases = 0;
  const std::string key = Next(json, "key", at), context = Next(json, "context", at);
  Check(key.size() == 32, "the vectors' key", key.size());
  if (key.size() != 32) return;
  const Mode modes[] = {PlainMode(), KeyedMode(Bytes(key)), DeriveMode(Bytes(context), context.size())};
  for (;; cases++) {
    const std::string bytes = Next(json, "inputBytes", at);
    if (bytes.empty()) break;
    const auto input = Painted(std::stoul(bytes));
    const char* names[] = {"hash", "keyed", "derived"};
    for (int i = 0; i < 3; i++) {
      const std::string wanted = Next(json, names[i], at);
      Check(Hex(Hash(modes[i], input, wanted.size() / 2)) == wanted, names[i], input.size());
      Check(Hex(Hash(modes[i], input)) == wanted.substr(0, 64), names[i], input.size());
    }
  }
  Check(cases >= 20, "the number of vectors", cases);
  Done("blake3: published vectors");
}

void Lengths() {
  const auto input = Painted(300 * 1024);
  const Mode mode = KeyedMode(input.data() + 5);
  std::vector<size_t> lengths;
  for (size_t i = 0; i <= 1100; i++) lengths.push_back(i);
  for (size_t chunks = 2; chunks <= 140; chunks++)
    for (const int by : {-65, -64, -63, -1, 0, 1, 63, 64, 65})
      lengths.push_back(chunks * 1024 + static_cast<size_t>(by));
  lengths.insert(lengths.end(), {256 * 1024 - 1, 256 * 1024, 256 * 1024 + 1, 300 * 1024});
  for (const size_t bytes : lengths) {
    uint8_t out[32];
    Blake3(mode, input.data() + 1, bytes - (bytes == 300 * 1024), out);
    const auto wanted = reference::Hash(mode, input.data() + 1, bytes - (bytes == 300 * 1024));
    Check(std::memcmp(out, wanted.data(), 32) == 0, "a length", bytes);
  }
  Done("blake3: every length, unaligned");
}

void Lengthy() {
  const auto input = Painted(5000);
  for (size_t out_bytes = 0; out_bytes <= 300; out_bytes++) {
    const auto wanted = reference::Hash(PlainMode(), input.data(), input.size(), out_bytes);
    Check(Hash(PlainMode(), input, out_bytes) == wanted, "an output of length", out_bytes);
  }
  Done("blake3: outputs of any length");
}

void Subtrees() {
  const auto input = Painted(300 * 1024);
  const Mode mode = PlainMode();
  for (const size_t part : {1024, 2048, 4096, 32768, 65536, 131072})
    for (const size_t bytes : {part + 1, 2 * part - 1, 2 * part, 2 * part + 1, 3 * part, input.size()}) {
      if (bytes <= part || bytes > input.size()) continue;
      std::vector<uint8_t> values((bytes + part - 1) / part * 32);
      for (size_t i = 0; i * part < bytes; i++)
        SubtreeValue(mode, input.data() + i * part, std::min(part, bytes - i * part), i * part / 1024,
                     values.data() + i * 32);
      uint8_t out[32];
      JoinSubtrees(mode, values.data(), values.size() / 32, out);
      Check(std::memcmp(out, reference::Hash(mode, input.data(), bytes).data(), 32) == 0, "subtrees", bytes);
    }
  Done("blake3: subtrees hashed apart");
}

void Parallel() {
  const Mode mode = PlainMode();
  for (const size_t bytes : {size_t{0}, size_t{1} << 20, (size_t{1} << 20) + 1, (size_t{5} << 20) + 7}) {
    const auto input = Painted(bytes);
    ParallelHash hash(mode, input.data(), bytes);
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; i++) threads.emplace_back([&hash] { hash.Work(); });
    for (std::thread& thread : threads) thread.join();
    uint8_t out[32];
    hash.Finish(out);
    const auto wanted = reference::Hash(mode, input.data(), bytes);
    Check(hash.IsWhole() && std::memcmp(out, wanted.data(), 32) == 0, "threads", bytes);
  }
  Done("blake3: by three threads");
}

void Many() {
  std::vector<uint32_t> lengths;
  for (uint32_t i = 0; i < 70; i++) lengths.push_back(64);
  for (uint32_t i = 0; i < 200; i++) lengths.push_back(i * 37 % 5000);
  for (const uint32_t length : {0u, 1024u, 1024u, 70000u, 1025u, 40000u, 0u, 0u, 1u, 131072u})
    lengths.push_back(length);
  for (uint32_t i = 0; i < 40; i++) lengths.push_back(4096);
  size_t total = 0;
  for (const uint32_t length : lengths) total += length;
  const auto input = Painted(total);
  const Mode mode = KeyedMode(input.data());
  std::vector<uint8_t> out(lengths.size() * 32);
  for (size_t first = 0; first < lengths.size(); first += 31) {
    size_t offset = 0;
    for (size_t i = 0; i < first; i++) offset += lengths[i];
    Blake3Many(mode, input.data() + offset, lengths.data() + first, lengths.size() - first, out.data());
    for (size_t i = first; i < lengths.size(); i++) {
      const auto wanted = reference::Hash(mode, input.data() + offset, lengths[i]);
      Check(std::memcmp(out.data() + (i - first) * 32, wanted.data(), 32) == 0, "one of many", i);
      offset += lengths[i];
    }
  }
  Done("blake3: many inputs at once");
}

// From xxHash's own self-test (XSUM_sanityCheck): bytes of its generator, with seeds 0 and 2654435761.
void Xxh() {
  constexpr uint64_t kSeed = 2654435761u;
  uint8_t input[222];
  uint64_t state = kSeed;
  for (uint8_t& byte : input) {
    byte = static_cast<uint8_t>(state >> 56);
    state *= 11400714785074694797ull;
  }
  const struct {
    size_t bytes;
    uint64_t seed, wanted;
  } cases[] = {
      {0, 0, 0xef46db3751d8e999},   {0, kSeed, 0xac75fda2929b17ef}, {1, 0, 0xe934a84adb052768},
      {1, kSeed, 0x5014607643a9b4c3}, {4, 0, 0x9136a0dca57457ee},   {14, 0, 0x8282dcc4994e35c8},
      {14, kSeed, 0xc3bd6bf63deb6df0}, {222, 0, 0xb641ae8cb691c174}, {222, kSeed, 0x20cb8ab7ae10c14a},
  };
  for (const auto& one : cases) Check(Xxh64(input, one.bytes, one.seed) == one.wanted, "xxh64", one.bytes);
  Done("xxh64: published values");
}

}  // namespace

int main(int count, char** arguments) {
  std::printf("kernel: %s\n", Blake3Kernel());
  Vectors(count > 1 ? arguments[1] : "test/vectors/blake3.json");
  Lengths();
  Lengthy();
  Subtrees();
  Parallel();
  Many();
  Xxh();
  return failures == 0 ? 0 : 1;
}
