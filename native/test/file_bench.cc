// file_bench.cc: GB/s of writing a new file in several ways, sync included, and of copying between files.
//
// g++ -std=c++20 -O3 -Inative native/test/file_bench.cc native/file/*.cc -o file_bench && ./file_bench [MiB] [directory]

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "file/batch.h"
#include "file/copy.h"
#include "file/durable.h"
#include "file/space.h"

using namespace pfs::file;

namespace {

constexpr int kRounds = 5;
size_t total = 512u << 20;
std::string path, source_path;
std::vector<uint8_t> memory(8 << 20);

double Now(clockid_t clock) {
  timespec time;
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Prints the medians of `work(fd)`, and of the sync behind it.
template <class Work>
void Measure(const char* name, const Work& work) {
  std::vector<double> wall, cpu, sync;
  for (int round = 0; round < kRounds; round++) {
    ::unlink(path.c_str());
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ::ftruncate(fd, static_cast<off_t>(total)) != 0) std::exit(1);
    const double started = Now(CLOCK_MONOTONIC), started_cpu = Now(CLOCK_PROCESS_CPUTIME_ID);
    work(fd);
    wall.push_back(Now(CLOCK_MONOTONIC) - started);
    cpu.push_back(Now(CLOCK_PROCESS_CPUTIME_ID) - started_cpu);
    const double synced = Now(CLOCK_MONOTONIC);
    SyncGroup({&fd, 1}, false);
    sync.push_back(Now(CLOCK_MONOTONIC) - synced);
    ::close(fd);
  }
  const double size = static_cast<double>(total);
  std::printf("%-44s %5.2f GB/s  %5.3f cpu s/GB  sync %5.3f s  with it %5.2f GB/s\n", name, size / 1e9 / Median(wall),
              Median(cpu) / size * 1e9, Median(sync), size / 1e9 / (Median(wall) + Median(sync)));
  std::fflush(stdout);
}

void Write(int fd, size_t bytes, uint64_t allocated_at_once, uint64_t sent_at_once) {
  uint64_t allocated = 0, sent = 0;
  for (uint64_t at = 0; at < total; at += bytes) {
    if (allocated_at_once > 0 && at >= allocated) {
      Allocate(fd, at, std::min<uint64_t>(allocated_at_once, total - at), true);
      allocated = at + allocated_at_once;
    }
    const Piece piece = {at, memory.data() + at % memory.size(), bytes};
    WriteBatch(fd, {&piece, 1});
    if (sent_at_once > 0 && at + bytes - sent >= sent_at_once) {
      StartWriteback(fd, sent, at + bytes - sent);
      sent = at + bytes;
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1) total = std::strtoull(arguments[1], nullptr, 10) << 20;
  const std::string directory = count > 2 ? arguments[2] : "/tmp";
  path = directory + "/pfs-file-bench";
  source_path = path + "-source";
  for (auto& byte : memory) byte = static_cast<uint8_t>(std::rand());

  Measure("write 256 KiB", [](int fd) { Write(fd, 256 << 10, 0, 0); });
  Measure("write 1 MiB", [](int fd) { Write(fd, 1 << 20, 0, 0); });
  Measure("allocate 64 MiB, write 256 KiB", [](int fd) { Write(fd, 256 << 10, 64 << 20, 0); });
  Measure("allocate 64 MiB, write 1 MiB", [](int fd) { Write(fd, 1 << 20, 64 << 20, 0); });
  Measure("write 256 KiB, send 16 MiB", [](int fd) { Write(fd, 256 << 10, 0, 16 << 20); });

  const int source = ::open(source_path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (source < 0) return 1;
  Write(source, 1 << 20, 0, 0);
  // chunks of 32 KiB behind headers of 72 bytes, as they lie in a segment
  std::vector<Run> chunks;
  constexpr uint64_t kChunk = 32 << 10, kRecord = kChunk + 72;
  for (uint64_t at = 72; at + kChunk <= total; at += kRecord) chunks.push_back({source, at, kChunk});
  Measure("copy chunks of segments, 1 MiB a call", [&](int fd) {
    for (size_t at = 0; at < chunks.size(); at += 32)
      CopyRuns(fd, at * kChunk, {chunks.data() + at, std::min<size_t>(32, chunks.size() - at)});
  });
  Measure("copy 1 MiB runs through our buffer", [&](int fd) {
    for (uint64_t at = 0; at < total; at += 1 << 20) {
      const Run run = {source, at, 1 << 20};
      CopyRuns(fd, at, {&run, 1});
    }
  });
  Measure("the same by copy_file_range, which we do not use", [&](int fd) {
    for (uint64_t at = 0; at < total; at += 1 << 20) {
      off_t from = static_cast<off_t>(at), to = from;
      if (::copy_file_range(source, &from, fd, &to, 1 << 20, 0) < 0) return;
    }
  });
  Measure("share 1 MiB runs (0: not on this file system)", [&](int fd) {
    for (uint64_t at = 0; at < total; at += 1 << 20)
      if (CloneRange(source, at, fd, at, 1 << 20).error != 0) return;
  });
  ::close(source);
  ::unlink(path.c_str());
  ::unlink(source_path.c_str());
  return 0;
}
