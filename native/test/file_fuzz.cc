// file_fuzz.cc: random batches and copies against a model in memory, under a system that is short, interrupted and
// failing at random. What a call says it did is what happened, and no byte else.
//
// g++ -std=c++20 -O3 -Inative native/test/file_fuzz.cc native/file/*.cc -o file_fuzz && ./file_fuzz SEED ITERATIONS

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "file/batch.h"
#include "file/copy.h"

using namespace pfs::file;

namespace {

uint64_t state = 1;
uint32_t Random(uint32_t below) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return static_cast<uint32_t>((state >> 16) % below);
}

bool is_fault_due = false;  // this iteration may fail for good
int last_fault = 0;

// Cuts a call short, interrupts it, or fails it, now and then.
template <class Call>
ssize_t Odd(int fd, const iovec* parts, int count, off_t offset, const Call& call) {
  const uint32_t dice = Random(100);
  if (dice < 10 || (is_fault_due && dice < 15)) {
    errno = last_fault = dice < 10 ? EINTR : EIO;
    return -1;
  }
  if (dice < 60) return call(fd, parts, count, offset);
  std::vector<iovec> cut(parts, parts + 1 + Random(static_cast<uint32_t>(count)));
  if (cut.back().iov_len > 1) cut.back().iov_len = 1 + Random(static_cast<uint32_t>(cut.back().iov_len));
  return call(fd, cut.data(), static_cast<int>(cut.size()), offset);
}

[[noreturn]] void Die(const char* what, uint64_t iteration) {
  std::printf("FAILED: %s at iteration %llu\n", what, static_cast<unsigned long long>(iteration));
  std::exit(1);
}

constexpr size_t kFileBytes = 1 << 20;

}  // namespace

int main(int count, char** arguments) {
  state = count > 1 ? std::strtoull(arguments[1], nullptr, 10) * 2654435761u + 1 : 1;
  const uint64_t iterations = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 2000;
  System system = Kernel();
  system.preadv = [](int fd, const iovec* parts, int n, off_t at) { return Odd(fd, parts, n, at, ::preadv); };
  system.pwritev = [](int fd, const iovec* parts, int n, off_t at) { return Odd(fd, parts, n, at, ::pwritev); };
  char name[] = "/tmp/pfs-file-fuzz-XXXXXX", other_name[] = "/tmp/pfs-file-fuzz-XXXXXX";
  const int fd = ::mkstemp(name), target = ::mkstemp(other_name);
  if (fd < 0 || target < 0) return 1;
  ::unlink(name), ::unlink(other_name);
  std::vector<uint8_t> model(kFileBytes), copy(kFileBytes * 2), memory(kFileBytes);
  if (::ftruncate(fd, kFileBytes) != 0 || ::ftruncate(target, kFileBytes * 2) != 0) return 1;

  for (uint64_t iteration = 0; iteration < iterations; iteration++) {
    is_fault_due = Random(4) == 0;
    std::vector<Piece> pieces;
    size_t used = 0;
    uint64_t offset = Random(kFileBytes);
    for (uint32_t n = Random(80); n > 0; n--) {
      if (Random(3) == 0) offset = Random(kFileBytes);
      const size_t bytes = Random(Random(10) == 0 ? 60000 : 3000);
      if (used + bytes > memory.size() || offset + bytes > kFileBytes) break;
      pieces.push_back({offset, memory.data() + used, bytes});
      used += bytes, offset += bytes;
    }
    switch (Random(3)) {
      case 0: {
        for (size_t i = 0; i < used; i++) memory[i] = static_cast<uint8_t>(Random(256));
        const Result result = WriteBatch(fd, pieces, system);
        if (result.error == 0 && result.count != used) Die("a write that is short without a fault", iteration);
        uint64_t left = result.count;
        for (const Piece& piece : pieces) {
          const size_t done = std::min<uint64_t>(left, piece.bytes);
          std::copy_n(piece.data, done, model.begin() + static_cast<ptrdiff_t>(piece.offset));
          left -= done;
        }
        break;
      }
      case 1: {
        const Result result = ReadBatch(fd, pieces, system);
        if (result.error == 0 && result.count != used) Die("a read that is short without a fault", iteration);
        uint64_t left = result.count;
        for (const Piece& piece : pieces) {
          const size_t done = std::min<uint64_t>(left, piece.bytes);
          if (std::memcmp(piece.data, model.data() + piece.offset, done) != 0) Die("what was read", iteration);
          left -= done;
        }
        break;
      }
      default: {
        std::vector<Run> runs;
        for (const Piece& piece : pieces) runs.push_back({fd, piece.offset, piece.bytes});
        const uint64_t to = Random(kFileBytes);
        const Result result = CopyRuns(target, to, runs, system);
        if (result.count > used) Die("more copied than asked for", iteration);
        if (!is_fault_due && result.count != used) Die("a copy that is short without a fault", iteration);
        uint64_t left = result.count, at = to;
        for (const Run& run : runs) {
          const size_t done = std::min<uint64_t>(left, run.bytes);
          std::copy_n(model.begin() + static_cast<ptrdiff_t>(run.offset), done, copy.begin() + static_cast<ptrdiff_t>(at));
          left -= done, at += done;
        }
        break;
      }
    }
    if (iteration % 50 != 49 && iteration + 1 != iterations) continue;
    std::vector<uint8_t> now(kFileBytes * 2);
    if (::pread(fd, now.data(), kFileBytes, 0) != kFileBytes || std::memcmp(now.data(), model.data(), kFileBytes) != 0)
      Die("the file's content", iteration);
    if (::pread(target, now.data(), now.size(), 0) != static_cast<ssize_t>(now.size()) || now != copy)
      Die("the copy's content", iteration);
  }
  std::printf("file_fuzz: %llu iterations ok\n", static_cast<unsigned long long>(iterations));
  return 0;
}
