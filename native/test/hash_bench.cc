// hash_bench.cc: GB/s of BLAKE3 by input size, and of XXH64; each kernel under its PFS_CPU. With arguments it
// is the opposite of b3sum and xxhsum in a race: `hash_bench blake3|xxh64 FILE` maps the file, hashes it
// (BLAKE3 with a key) on one thread and prints the hash; `blake3-read` and `xxh64-read` read it into a
// buffer, 1 MiB at a time, and the latter prints the exclusive or of the pieces' sums.
//
// g++ -std=c++20 -O3 -Inative native/test/hash_bench.cc native/hash/*.cc native/base/*.cc -o hash_bench

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

#include "hash/blake3.h"
#include "hash/xxh64.h"

namespace {

// Of this thread alone, so that neighbours matter little.
double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Median of five, each at least 20 ms.
template <class Once>
double GigabytesPerSecond(size_t bytes, const Once& once) {
  double rates[5];
  once();
  for (double& rate : rates) {
    const double begin = CpuSeconds();
    size_t done = 0;
    double spent = 0;
    do {
      for (size_t i = 0; i < 1 + 100'000 / bytes; i++, done += bytes) once();
      spent = CpuSeconds() - begin;
    } while (spent < 0.02);
    rate = static_cast<double>(done) / spent / 1e9;
  }
  std::sort(rates, rates + 5);
  return rates[2];
}

constexpr size_t kPieceBytes = 1 << 20;

const uint8_t kKey[] = "whats the Elvish word for friend";

void PrintHex(const uint8_t* bytes, size_t count) {
  for (size_t i = 0; i < count; i++) std::printf("%02x", bytes[i]);
  std::printf("\n");
}

int HashMapped(int fd, size_t bytes, bool is_blake3) {
  void* memory = mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
  if (memory == MAP_FAILED) return 1;
  const auto* input = static_cast<const uint8_t*>(memory);
  if (is_blake3) {
    uint8_t out[32];
    pfs::hash::Blake3(pfs::hash::KeyedMode(kKey), input, bytes, out);
    PrintHex(out, sizeof out);
  } else {
    std::printf("%016llx\n", static_cast<unsigned long long>(pfs::hash::Xxh64(input, bytes)));
  }
  return 0;
}

int SumRead(int fd, size_t bytes) {
  std::vector<uint8_t> piece(kPieceBytes);
  uint64_t sums = 0;
  for (size_t offset = 0; offset < bytes; offset += kPieceBytes) {
    const ssize_t count = pread(fd, piece.data(), piece.size(), static_cast<off_t>(offset));
    if (count <= 0) return 1;
    sums ^= pfs::hash::Xxh64(piece.data(), static_cast<size_t>(count));
  }
  std::printf("%016llx\n", static_cast<unsigned long long>(sums));
  return 0;
}

int HashRead(int fd, size_t bytes) {
  const auto mode = pfs::hash::KeyedMode(kKey);
  std::vector<uint8_t> piece(kPieceBytes);
  std::vector<uint8_t> values;
  for (size_t offset = 0; offset < bytes; offset += kPieceBytes) {
    const size_t count = std::min(kPieceBytes, bytes - offset);
    if (pread(fd, piece.data(), count, static_cast<off_t>(offset)) != static_cast<ssize_t>(count)) return 1;
    values.resize(values.size() + 32);
    pfs::hash::SubtreeValue(mode, piece.data(), count, offset / 1024, values.data() + values.size() - 32);
  }
  uint8_t out[32];
  pfs::hash::JoinSubtrees(mode, values.data(), values.size() / 32, out);
  PrintHex(out, sizeof out);
  return 0;
}

int HashFile(const char* how, const char* path) {
  struct stat stat;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &stat) != 0 || stat.st_size <= static_cast<off_t>(kPieceBytes)) return 1;
  const size_t bytes = static_cast<size_t>(stat.st_size);
  if (std::strcmp(how, "blake3-read") == 0) return HashRead(fd, bytes);
  if (std::strcmp(how, "xxh64-read") == 0) return SumRead(fd, bytes);
  return HashMapped(fd, bytes, std::strcmp(how, "blake3") == 0);
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 3) return HashFile(arguments[1], arguments[2]);
  std::vector<uint8_t> input(4 << 20);
  for (size_t i = 0; i < input.size(); i++) input[i] = static_cast<uint8_t>(i * 2654435761u >> 24);
  const auto mode = pfs::hash::KeyedMode(kKey);
  std::vector<uint8_t> out(32 * 1024);
  std::printf("blake3 keyed (%s)\n", pfs::hash::Blake3Kernel());
  for (const size_t bytes : {64, 700, 1024, 2048, 4096, 8192, 16000, 16384, 32700, 32768, 50000, 65536,
                             1 << 17, 1 << 20, 4 << 20}) {
    const double rate =
        GigabytesPerSecond(bytes, [&] { pfs::hash::Blake3(mode, input.data(), bytes, out.data()); });
    std::printf("%8zu bytes: %6.2f GB/s\n", bytes, rate);
  }
  for (const uint32_t bytes : {64, 1000, 1024, 2304, 4096, 16384, 32700, 50000, 65536}) {
    const std::vector<uint32_t> lengths((1 << 20) / bytes > 1024 ? 1024 : (1 << 20) / bytes, bytes);
    const double rate = GigabytesPerSecond(bytes * lengths.size(), [&] {
      pfs::hash::Blake3Many(mode, input.data(), lengths.data(), lengths.size(), out.data());
    });
    std::printf("%8u bytes, many: %6.2f GB/s\n", bytes, rate);
  }
  uint64_t sum = 0;
  for (const size_t bytes : {64, 1024, 65536, 1 << 20}) {
    const double rate = GigabytesPerSecond(bytes, [&] { sum += pfs::hash::Xxh64(input.data(), bytes); });
    std::printf("%8zu bytes, xxh64: %6.2f GB/s\n", bytes, rate);
  }
  return sum == 1;
}
