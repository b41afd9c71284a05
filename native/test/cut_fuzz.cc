// cut_fuzz.cc: random gears, sizes, contents, buffers, faults and threads against the rule read aloud.
//
// g++ -std=c++20 -O3 -pthread -Inative native/test/cut_fuzz.cc native/cut/*.cc native/hash/*.cc native/base/*.cc
// ./a.out SEED ITERATIONS; the same two numbers are the same run, but for how threads meet

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/cpu.h"
#include "cut/kernel.h"
#include "cut/partition.h"
#include "cut_inputs.h"

using namespace pfs::cut;
using namespace cut_inputs;

namespace {

std::atomic<uint64_t> state{1};
uint32_t Random(uint32_t below) {
  uint64_t now = state;
  now ^= now << 13, now ^= now >> 7, now ^= now << 17;
  state = now;
  return static_cast<uint32_t>((now >> 16) % below);
}

std::atomic<uint32_t> fault_turn{0};  // > 0: some reads are short or interrupted
std::atomic<off_t> broken_at{-1};

Cutter AnyCutter() {
  uint32_t table[256];
  const Bytes words = Splitmix(sizeof table, Random(~0u));
  std::memcpy(table, words.data(), sizeof table);
  if (Random(4) == 0)
    for (auto& word : table) word &= Random(2) == 0 ? 0x1fff : 0xffff0000;  // cuts everywhere, or hardly
  Cutter cutter;
  const uint32_t min_bytes = 32 + Random(Random(2) == 0 ? 40 : 4000);
  const uint32_t max_bytes = min_bytes + 1 + Random(Random(2) == 0 ? 100 : 20000);
  MakeCutter(table, words.data(), ~0u / (2 + Random(3000)), min_bytes, max_bytes, &cutter);
  return cutter;
}

int FileOf(const Bytes& bytes) {
  const int fd = memfd_create("cut_fuzz", 0);
  if (fd < 0 || write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  return fd;
}

bool IsStartOf(const Bytes& rows, const Bytes& whole) {
  return rows.size() <= whole.size() && std::equal(rows.begin(), rows.end(), whole.begin());
}

// In pieces of any size, with any number of rows at a time.
Bytes InBuffer(const Cutter& cutter, const Bytes& bytes) {
  Bytes rows;
  size_t start = 0, end = 0, searched = 0;
  for (;;) {
    const size_t rows_max = 1 + Random(70);
    Bytes some(rows_max * kRowBytes);
    const Scanned scanned = ScanBuffer(cutter, bytes.data() + start, end - start, end == bytes.size(),
                                       some.data(), rows_max, &searched);
    rows.insert(rows.end(), some.begin(), some.begin() + static_cast<ptrdiff_t>(scanned.rows * kRowBytes));
    start += scanned.consumed;
    if (scanned.rows == rows_max) continue;
    if (end == bytes.size()) return rows;
    end = std::min<size_t>(bytes.size(), end + 1 + Random(30000));
  }
}

Bytes InFile(const Cutter& cutter, int fd, size_t size) {
  Bytes buffer(cutter.gear.max_bytes + 1 + Random(300000)), rows;
  Window window{buffer.data(), buffer.size()};
  for (uint64_t limit = 0;;) {
    Bytes some((1 + Random(100)) * kRowBytes);
    const size_t count =
        ScanFile(cutter, {fd, limit, limit == size}, &window, some.data(), some.size() / kRowBytes);
    rows.insert(rows.end(), some.begin(), some.begin() + static_cast<ptrdiff_t>(count * kRowBytes));
    if (count > 0) continue;
    if (limit == size) return rows;
    limit = std::min<uint64_t>(size, limit + 1 + Random(50000));
  }
}

bool OnThreads(const Cutter& cutter, int fd, size_t size, const Bytes& whole) {
  const bool is_final = Random(3) > 0;
  const size_t over = Random(5) == 0 ? 1 + Random(1000) : 0;
  const size_t rows_max = 1 + Random(Random(2) == 0 ? 100 : 20000);
  Bytes rows(rows_max * kRowBytes);
  FileJob job(std::make_shared<const Cutter>(cutter), {fd, size + over, is_final}, 0, rows.data(), rows_max,
              1 + Random(Random(2) == 0 ? 200 : 100000));
  std::vector<std::thread> others;
  for (uint32_t i = Random(4); i > 0; i--) others.emplace_back([&job] { job.Run(); });
  job.Run();
  for (auto& other : others) other.join();
  rows.resize(job.Rows() * kRowBytes);
  if (!IsStartOf(rows, whole)) return false;
  const bool covers = rows_max * uint64_t{cutter.gear.min_bytes} >= size + over;
  // only reads that begin behind it fail, and there may be none
  if (broken_at >= 0 && job.Error() == EIO) return true;
  if (over > 0 && covers) return job.IsShort();
  return job.Error() == 0 && (!covers || !is_final || over > 0 || rows == whole);
}

const char* Once() {
  const Cutter cutter = AnyCutter();
  const Bytes bytes = Any(Random(Random(2) == 0 ? 500 : 200000), Random(~0u));
  const Bytes whole = SlowRows(cutter, bytes.data(), bytes.size());
#if defined(__x86_64__)
  if (pfs::ThisCpu().avx512_vbmi && bytes.size() > 40) {
    const size_t from = 31 + Random(static_cast<uint32_t>(bytes.size() - 32));
    if (FindCutAvx512(cutter.gear, bytes.data(), from, bytes.size()) !=
        FindCutPortable(cutter.gear, bytes.data(), from, bytes.size()))
      return "kernels";
  }
#endif
  if (InBuffer(cutter, bytes) != whole) return "buffer";
  const int fd = FileOf(bytes);
  fault_turn = Random(2);
  const char* fault = nullptr;
  if (InFile(cutter, fd, bytes.size()) != whole) fault = "file";
  if (Random(6) == 0) broken_at = Random(static_cast<uint32_t>(bytes.size() + 1));
  if (!OnThreads(cutter, fd, bytes.size(), whole)) fault = "threads";
  broken_at = -1;
  close(fd);
  return fault;
}

}  // namespace

extern "C" ssize_t pread(int fd, void* target, size_t bytes, off_t offset) {
  if (fault_turn > 0) {
    const uint32_t turn = fault_turn++;
    if (turn % 3 == 0) return errno = EINTR, -1;
    if (turn % 5 == 0) bytes = std::min<size_t>(bytes, 1 + turn % 5000);
  }
  const off_t broken = broken_at;
  if (broken >= 0 && offset >= broken) return errno = EIO, -1;
  return syscall(SYS_pread64, fd, target, bytes, offset);
}

int main(int count, char** arguments) {
  const uint64_t seed = count > 1 ? std::strtoull(arguments[1], nullptr, 0) : 1;
  const uint64_t iterations = count > 2 ? std::strtoull(arguments[2], nullptr, 0) : 200;
  for (uint64_t i = 0; i < iterations; i++) {
    state = (seed + 1) * 0x9e3779b97f4a7c15u + i * 0xbf58476d1ce4e5b9u + 1;
    for (int warm = 0; warm < 4; warm++) Random(2);
    const char* fault = Once();
    if (fault == nullptr) continue;
    std::printf("FAIL %s: seed %llu, iteration %llu\n", fault, static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(i));
    return 1;
  }
  std::printf("ok   %llu iterations of seed %llu\n", static_cast<unsigned long long>(iterations),
              static_cast<unsigned long long>(seed));
  return 0;
}
