// cut_test.cc: the cutter against the rule read aloud and the vectors; scans of buffers and files, whole, in
// pieces, on threads, and under a system that reads short, is interrupted and fails.
//
// g++ -std=c++20 -O3 -pthread -Inative native/test/cut_test.cc native/cut/*.cc native/hash/*.cc native/base/*.cc

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cerrno>
#include <cstdio>
#include <thread>

#include "base/cpu.h"
#include "cut/kernel.h"
#include "cut/partition.h"
#include "cut/record.h"
#include "cut_inputs.h"
#include "hash/xxh64.h"

using namespace pfs::cut;
using namespace cut_inputs;

namespace {

std::atomic<uint32_t> faults{0};   // > 0: every third read is interrupted, every fifth is short
std::atomic<off_t> broken_at{-1};  // reads that begin at or after this fail with EIO

bool is_all_right = true;
void Say(bool is_right, const char* what) {
  std::printf("%s %s\n", is_right ? "ok  " : "FAIL", what);
  is_all_right &= is_right;
}

int FileOf(const Bytes& bytes) {
  const int fd = memfd_create("cut_test", 0);
  if (fd < 0 || write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
  return fd;
}

Bytes RowsOf(const Cutter& cutter, const Bytes& bytes) {
  return SlowRows(cutter, bytes.data(), bytes.size());
}

std::vector<size_t> LengthsOf(const Bytes& rows) {
  std::vector<size_t> lengths;
  for (size_t at = 0; at < rows.size(); at += kRowBytes)
    lengths.push_back(static_cast<size_t>(rows[at]) << 24 | static_cast<size_t>(rows[at + 1]) << 16 |
                      static_cast<size_t>(rows[at + 2]) << 8 | rows[at + 3]);
  return lengths;
}

// All kernels this machine has give one answer for any window of any data.
bool KernelsAgree() {
  const Cutter small = OpenCutter(32, 20000, 40000), usual = OpenCutter(16384, 32768, 131072);
  for (uint32_t seed = 0; seed < 400; seed++) {
    const Bytes bytes = Any(1 + seed * 131 % 40000, seed);
    const Gear& gear = seed % 2 == 0 ? small.gear : usual.gear;
    for (size_t from = kWindowBytes - 1; from < bytes.size(); from = from * 2 + seed % 7) {
      size_t slow = 0;
      for (size_t at = from; at < bytes.size() && slow == 0; at++) {
        uint32_t hash = 0;
        for (size_t back = kWindowBytes; back-- > 0;) hash = (hash << 1) + gear.table[bytes[at - back]];
        if (hash < gear.threshold) slow = at + 1;
      }
      if (FindCutPortable(gear, bytes.data(), from, bytes.size()) != slow) return false;
#if defined(__x86_64__)
      if (pfs::ThisCpu().avx512_vbmi && FindCutAvx512(gear, bytes.data(), from, bytes.size()) != slow)
        return false;
#endif
    }
  }
  return true;
}

bool VectorsHold() {
  const Cutter cutter = OpenCutter(16384, 32768, 131072);
  const auto begins = [&](const Bytes& bytes, std::vector<size_t> expected, size_t count) {
    const std::vector<size_t> lengths = LengthsOf(RowsOf(cutter, bytes));
    Bytes rows(kRowBytes * 100);
    size_t searched = 0;
    const Scanned scanned = ScanBuffer(cutter, bytes.data(), bytes.size(), true, rows.data(), 100, &searched);
    rows.resize(scanned.rows * kRowBytes);
    return lengths.size() == count && std::equal(expected.begin(), expected.end(), lengths.begin()) &&
           rows == RowsOf(cutter, bytes) && scanned.consumed == bytes.size();
  };
  Bytes painted(131073);
  for (size_t i = 0; i < painted.size(); i++) painted[i] = static_cast<uint8_t>(i % 251);
  // test/vectors/cut.json: seed/open, cut/open/splitmix/1048576, .../painted/131073, .../zero/655367
  return cutter.gear.table[0] == 0x50a16776 && cutter.gear.table[3] == 0x6715350d &&
         cutter.zero_bytes == 131072 &&
         begins(Splitmix(1048576, 1), {29052, 48613, 35344, 39294, 21049, 23801, 23290, 34064}, 32) &&
         begins(painted, {131072, 1}, 2) &&
         begins(Bytes(655367), {131072, 131072, 131072, 131072, 131072, 7}, 6);
}

// Handed over in growing pieces, with what was searched remembered, a buffer gives the chunks of the whole.
bool PiecesAgree() {
  const Cutter cutter = OpenCutter(64, 128, 512);
  for (uint32_t seed = 0; seed < 300; seed++) {
    const Bytes bytes = Any(seed * 97 % 20000, seed);
    Bytes rows;
    size_t start = 0, searched = 0;
    for (size_t end = 0;; end = std::min<size_t>(bytes.size(), end + 1 + seed * 31 % 700)) {
      for (;;) {
        uint8_t some[3 * kRowBytes];
        const Scanned scanned = ScanBuffer(cutter, bytes.data() + start, end - start, end == bytes.size(),
                                           some, 1 + seed % 3, &searched);
        rows.insert(rows.end(), some, some + scanned.rows * kRowBytes);
        start += scanned.consumed;
        if (scanned.rows < 1 + seed % 3) break;
      }
      if (end == bytes.size()) break;
    }
    if (rows != RowsOf(cutter, bytes)) return false;
  }
  return true;
}

Bytes ScanWhole(const Cutter& cutter, int fd, uint64_t from, uint64_t limit, size_t capacity,
                size_t rows_max) {
  Bytes buffer(capacity), rows;
  Window window{buffer.data(), buffer.size()};
  window.offset = from;
  const FilePart part{fd, limit, true};
  for (;;) {
    const uint64_t before = window.offset;
    Bytes some(rows_max * kRowBytes);
    const size_t count = ScanFile(cutter, part, &window, some.data(), rows_max);
    rows.insert(rows.end(), some.begin(), some.begin() + static_cast<ptrdiff_t>(count * kRowBytes));
    if (window.error != 0 || window.is_short || window.offset == before) return rows;
  }
}

bool FilesAgree() {
  const Cutter small = OpenCutter(64, 128, 512), usual = OpenCutter(16384, 32768, 131072);
  for (uint32_t seed = 0; seed < 60; seed++) {
    const Cutter& cutter = seed % 3 == 0 ? usual : small;
    const Bytes bytes = Any(seed % 3 == 0 ? seed * 99991 : seed * 7919 % 100000, seed);
    const int fd = FileOf(bytes);
    const size_t capacity = cutter.gear.max_bytes + 1 + seed * 1009 % 500000;
    const Bytes rows = ScanWhole(cutter, fd, 0, bytes.size(), capacity, 1 + seed % 90);
    const bool agree = rows == RowsOf(cutter, bytes);
    close(fd);
    if (!agree) return false;
  }
  return true;
}

bool FaultsAreTold() {
  const Cutter cutter = OpenCutter(64, 128, 512);
  const Bytes bytes = Splitmix(100000, 7);
  const int fd = FileOf(bytes);
  Bytes buffer(4096), rows(kRowBytes * 100);
  Window window{buffer.data(), buffer.size()};
  broken_at = 0;
  bool is_right =
      ScanFile(cutter, {fd, bytes.size(), true}, &window, rows.data(), 100) == 0 && window.error == EIO;
  broken_at = -1;
  window.error = 0;
  is_right &= ScanFile(cutter, {fd, bytes.size(), true}, &window, rows.data(), 100) > 0 && window.error == 0;
  Window at_end{buffer.data(), buffer.size()};
  at_end.offset = 99990;
  is_right &=
      ScanFile(cutter, {fd, bytes.size() + 1, true}, &at_end, rows.data(), 100) == 0 && at_end.is_short;
  close(fd);
  return is_right;
}

// What a job of so many threads says: rows, and everything else in `job_end`.
struct JobEnd {
  Bytes rows;
  uint64_t position;
  int error;
  bool is_short;
};

JobEnd RunJob(const Cutter& cutter, FilePart part, uint64_t from, size_t rows_max, size_t segment_bytes,
              size_t threads) {
  Bytes rows(rows_max * kRowBytes);
  FileJob job(std::make_shared<const Cutter>(cutter), part, from, rows.data(), rows_max, segment_bytes);
  std::vector<std::thread> others;
  for (size_t i = 1; i < threads; i++) others.emplace_back([&job] { job.Run(); });
  job.Run();
  for (auto& other : others) other.join();
  rows.resize(job.Rows() * kRowBytes);
  return {rows, job.Position(), job.Error(), job.IsShort()};
}

bool ThreadsAgree() {
  const Cutter cutter = OpenCutter(64, 128, 512);
  for (uint32_t seed = 0; seed < 150; seed++) {
    const Bytes bytes = Any(seed == 0 ? 0 : seed * 7919 % 60000, seed);
    const int fd = FileOf(bytes);
    const Bytes whole = RowsOf(cutter, bytes);
    // from segments of which a chunk spans several to one that holds all
    const size_t segment_bytes = size_t{1} << (5 + seed % 13);
    const JobEnd all = RunJob(cutter, {fd, bytes.size(), true}, 0, 2000, segment_bytes, 1 + seed % 4);
    bool agree = all.rows == whole && all.position == bytes.size() && all.error == 0 && !all.is_short;
    // in several jobs: few rows at a time, and one that waits for more
    JobEnd some{{}, 0, 0, false};
    for (Bytes rows;;) {
      some = RunJob(cutter, {fd, bytes.size(), true}, some.position, 100, segment_bytes, 2);
      rows.insert(rows.end(), some.rows.begin(), some.rows.end());
      if (!some.rows.empty()) continue;
      agree &= rows == whole;
      break;
    }
    const JobEnd open = RunJob(cutter, {fd, bytes.size(), false}, 0, 2000, segment_bytes, 2);
    agree &= open.position <= bytes.size() && bytes.size() - open.position < 512 &&
             std::equal(open.rows.begin(), open.rows.end(), whole.begin());
    const JobEnd over = RunJob(cutter, {fd, bytes.size() + 9, true}, 0, 2000, segment_bytes, 2);
    agree &= over.is_short && std::equal(over.rows.begin(), over.rows.end(), whole.begin());
    close(fd);
    if (!agree) return std::printf("seed %u\n", seed), false;
  }
  return true;
}

bool BrokenJobsStop() {
  const Cutter cutter = OpenCutter(64, 128, 512);
  const Bytes bytes = Splitmix(3000000, 11);
  const int fd = FileOf(bytes), none = -1;
  broken_at = 1500000;
  const JobEnd end = RunJob(cutter, {fd, bytes.size(), true}, 0, 60000, 100000, 2);
  broken_at = -1;
  const Bytes whole = RowsOf(cutter, bytes);
  close(fd);
  return end.error == EIO && end.position <= 1500000 + kPieceBytes && !end.rows.empty() &&
         std::equal(end.rows.begin(), end.rows.end(), whole.begin()) &&
         RunJob(cutter, {none, 100, true}, 0, 100, 100, 2).error == EBADF;
}

uint64_t Number(const uint8_t* at, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; i++) value = value << 8 | at[i];
  return value;
}

// Each record where it should be, its header as src/pool/record.ts has it, its chunk, zeros behind; and no byte more.
bool RecordsAreWhole() {
  const std::vector<uint32_t> lengths = {100, 1, 8, 131072, 16384, 7, 0};
  std::vector<uint8_t> rows, chunks;
  for (const uint32_t length : lengths) {
    for (int shift = 24; shift >= 0; shift -= 8) rows.push_back(static_cast<uint8_t>(length >> shift));
    for (size_t i = 0; i < kIdBytes; i++) rows.push_back(static_cast<uint8_t>(length + i));
    for (uint32_t i = 0; i < length; i++) chunks.push_back(static_cast<uint8_t>(i * 31 + length));
  }
  const RecordSizes sizes = SizesOf(rows);
  if (sizes.chunks != chunks.size()) return false;
  std::vector<uint8_t> out(sizes.records + 1, 9);
  const uint64_t offset = 8 * 12345;
  PutRecords(1, rows, chunks.data(), offset, out.data());
  size_t at = 0, from = 0;
  for (size_t i = 0; i < lengths.size(); i++) {
    const uint8_t* const header = out.data() + at;
    const uint8_t* const payload = header + kRecordHeaderBytes;
    const size_t length = lengths[i];
    const size_t padding = (8 - length % 8) % 8;
    bool is_good = Number(header, 4) == 0x70667352 && Number(header + 4, 4) == 0x01010000;
    is_good &= Number(header + 8, 4) == length && Number(header + 12, 4) == length && Number(header + 16, 4) == 0;
    is_good &= Number(header + 20, 4) * 8 == offset + at;
    is_good &= std::equal(header + 24, header + 56, rows.data() + i * kRowBytes + 4);
    is_good &= Number(header + 56, 8) == pfs::hash::Xxh64(payload, length);
    is_good &= Number(header + 64, 8) == pfs::hash::Xxh64(header, 64);
    is_good &= std::equal(payload, payload + length, chunks.data() + from);
    is_good &= std::all_of(payload + length, payload + length + padding, [](uint8_t byte) { return byte == 0; });
    if (!is_good) return false;
    at += kRecordHeaderBytes + length + padding;
    from += length;
  }
  return at == sizes.records && out.back() == 9;
}

}  // namespace

// What the scans read with: the system's, with faults where the test asks for them.
extern "C" ssize_t pread(int fd, void* target, size_t bytes, off_t offset) {
  if (faults > 0) {
    const uint32_t turn = faults++;
    if (turn % 3 == 0) return errno = EINTR, -1;
    if (turn % 5 == 0) bytes = std::min<size_t>(bytes, 1 + turn % 1000);
  }
  if (broken_at >= 0 && offset >= broken_at) return errno = EIO, -1;
  return syscall(SYS_pread64, fd, target, bytes, offset);
}

int main() {
  std::printf("kernel %s, hash %s\n", CutKernel(), pfs::hash::Blake3Kernel());
  Say(KernelsAgree(), "every kernel finds the cut that the rule, read aloud, finds (13.2-1)");
  Say(VectorsHold(), "vectors: cut");
  Say(PiecesAgree(), "a buffer that grows gives the chunks of the whole (13.2-2)");
  Say(FilesAgree(), "a file through any buffer gives the chunks of the whole");
  faults = 1;
  Say(FilesAgree(), "... read short and interrupted");
  Say(ThreadsAgree(), "on threads, for any segments: short and interrupted reads");
  faults = 0;
  Say(ThreadsAgree(), "on threads, for any segments");
  Say(FaultsAreTold(), "a read that fails is an errno, a file that ends early is short");
  Say(BrokenJobsStop(), "a job stops at a fault with good rows");
  Say(RecordsAreWhole(), "records of many chunks");
  return is_all_right ? 0 : 1;
}
