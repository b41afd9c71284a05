// cut_bench.cc: GB/s of cutting, of hashing, of both in one pass over a cached file, and of that on several
// threads. Medians of 5, all sides in turn within each round; by the wall clock, and by processor time, which
// is the steadier figure on a machine that others use too.
//
// g++ -std=c++20 -O3 -pthread -Inative native/test/cut_bench.cc native/cut/*.cc native/hash/*.cc native/base/*.cc
// ./a.out FILE [threads]: FILE should be about 1 GiB, of random bytes, and in the page cache

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>

#include "cut/partition.h"
#include "cut_inputs.h"

using namespace pfs::cut;
using namespace cut_inputs;

namespace {

struct Side {
  const char* what;
  std::function<uint64_t()> run;  // the bytes it went over
  std::vector<double> wall;
  std::vector<double> processor;
};

double Seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Reads the file piece by piece into one buffer and hands each to `work`.
uint64_t Read(int fd, uint64_t size, Bytes* buffer, const std::function<void(const uint8_t*, size_t)>& work) {
  for (uint64_t at = 0; at < size; at += kPieceBytes) {
    const ssize_t count = pread(fd, buffer->data(), kPieceBytes, static_cast<off_t>(at));
    if (count <= 0) std::abort();
    work(buffer->data(), static_cast<size_t>(count));
  }
  return size;
}

size_t CutAll(const Gear& gear, const uint8_t* bytes, size_t length) {
  size_t cuts = 0;
  for (size_t at = 0; at < length; cuts++) at += CutLength(gear, bytes + at, length - at, true);
  return cuts;
}

}  // namespace

int main(int count, char** arguments) {
  const int fd = count > 1 ? open(arguments[1], O_RDONLY) : -1;
  struct stat stats;
  if (fd < 0 || fstat(fd, &stats) != 0)
    return std::fprintf(stderr, "usage: %s FILE [threads]\n", arguments[0]), 2;
  const auto size = static_cast<uint64_t>(stats.st_size);
  const size_t threads = count > 2 ? static_cast<size_t>(std::atoi(arguments[2])) : 2;
  const auto cutter = std::make_shared<const Cutter>(OpenCutter(16384, 32768, 131072));
  Bytes buffer(kPieceBytes * 4 + 131072), hot = Splitmix(512 * 1024, 1);
  Bytes rows(kRowBytes * (size / 16384 + 10));
  uint8_t id[32];
  constexpr size_t hot_rounds = 1024;
  const auto over_hot = [&](const auto& work) {
    for (size_t i = 0; i < hot_rounds; i++) work();
    return hot_rounds * hot.size();
  };
  const auto hash_all = [&](const uint8_t* bytes, size_t length) {
    for (size_t at = 0; at < length; at += 32768)
      pfs::hash::Blake3(cutter->mode, bytes + at, std::min<size_t>(32768, length - at), id);
  };
  const auto job = [&](size_t on) {
    FileJob work(cutter, {fd, size, true}, 0, rows.data(), rows.size() / kRowBytes);
    std::vector<std::thread> others;
    for (size_t i = 1; i < on; i++) others.emplace_back([&work] { work.Run(); });
    work.Run();
    for (auto& other : others) other.join();
    if (work.Position() != size) std::abort();
    return size;
  };
  const auto scan = [&] {
    Window window{buffer.data(), buffer.size()};
    while (ScanFile(*cutter, {fd, size, true}, &window, rows.data(), 200) > 0) continue;
    return size;
  };

  std::vector<Side> sides{
      {"cut alone, in the cache",
       [&] { return over_hot([&] { CutAll(cutter->gear, hot.data(), hot.size()); }); },
       {}, {}},
      {"hash alone, 32 KiB chunks, in the cache",
       [&] { return over_hot([&] { hash_all(hot.data(), hot.size()); }); }, {}, {}},
      {"cut + hash, in the cache",
       [&] {
         size_t searched = 0;
         return over_hot(
             [&] { ScanBuffer(*cutter, hot.data(), hot.size(), true, rows.data(), 200, &searched); });
       },
       {}, {}},
      {"read alone, cached file",
       [&] { return Read(fd, size, &buffer, [](const uint8_t*, size_t) {}); }, {}, {}},
      {"read + cut, cached file",
       [&] {
         return Read(fd, size, &buffer, [&](const uint8_t* at, size_t n) { CutAll(cutter->gear, at, n); });
       },
       {}, {}},
      {"read + hash, 32 KiB chunks, cached file", [&] { return Read(fd, size, &buffer, hash_all); }, {}, {}},
      {"read + cut + hash, cached file", scan, {}},
      {"the same as a job, 1 thread", [&] { return job(1); }, {}, {}},
      {"the same as a job, all threads", [&] { return job(threads); }, {}, {}},
  };
  std::printf("kernel %s, hash %s, %zu threads, %.2f GB\n", CutKernel(), pfs::hash::Blake3Kernel(), threads,
              static_cast<double>(size) / 1e9);
  for (int round = 0; round < 5; round++)
    for (Side& side : sides) {
      const double wall = Seconds(CLOCK_MONOTONIC), processor = Seconds(CLOCK_PROCESS_CPUTIME_ID);
      const double gigabytes = static_cast<double>(side.run()) / 1e9;
      side.wall.push_back(gigabytes / (Seconds(CLOCK_MONOTONIC) - wall));
      side.processor.push_back(gigabytes / (Seconds(CLOCK_PROCESS_CPUTIME_ID) - processor));
    }
  std::printf(" wall   processor   GB/s\n");
  for (const Side& side : sides)
    std::printf("%6.2f  %6.2f  %s\n", Median(side.wall), Median(side.processor), side.what);
  for (const bool is_wall : {true, false}) {
    const auto rate = [&](size_t i) { return Median(is_wall ? sides[i].wall : sides[i].processor); };
    const double in_cache = 1 / (1 / rate(0) + 1 / rate(1)), of_files = 1 / (1 / rate(4) + 1 / rate(5));
    std::printf("%s: 1/(1/cut + 1/hash) is %.2f in the cache, and both do %.2f of it; "
                "%.2f of a file, reads included, ",
                is_wall ? "wall" : "processor", in_cache, rate(2) / in_cache, of_files);
    // how much work the threads add is seen by processor time; how they scale, by the wall clock
    std::printf("and both do %.2f of it, on %zu threads %.2f of one\n", rate(6) / of_files, threads,
                rate(8) / rate(7));
  }
  close(fd);
  return 0;
}
