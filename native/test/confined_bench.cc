// confined_bench.cc: files a second that are written, listed, read and removed in batches, beside one call after another by
// whole paths, confined by nothing.
//
// g++ -std=c++20 -O3 -Inative native/test/confined_bench.cc native/file/*.cc -o confined_bench && ./confined_bench [directory]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "file/confined.h"
#include "file/many.h"
#include "file/remove.h"
#include "test/confined_world.h"

using namespace pfs::file;
using pfs::file::test::P;

namespace {

constexpr size_t kFiles = 10000, kFilesOfDirectory = 100, kFilesOfBatch = 1000, kFileBytes = 4096;
constexpr int kRounds = 5;

std::vector<uint8_t> content(kFilesOfBatch * kFileBytes, 'x');
std::string base;

std::string NameOf(size_t i) {
  return std::string("d") + std::to_string(i / kFilesOfDirectory) + "/file-" + std::to_string(i);
}

struct Columns {
  std::string paths;
  std::vector<uint32_t> ends, modes, nanos;
  std::vector<double> offsets, lengths, seconds, outcomes;

  Columns(size_t first, const std::string& prefix)
      : modes(kFilesOfBatch, 0644), nanos(kFilesOfBatch, 1), lengths(kFilesOfBatch, kFileBytes),
        seconds(kFilesOfBatch, 1e9), outcomes(kFilesOfBatch) {
    for (size_t i = 0; i < kFilesOfBatch; i++) {
      paths += prefix + NameOf(first + i);
      ends.push_back(static_cast<uint32_t>(paths.size()));
      offsets.push_back(static_cast<double>(i * kFileBytes));
    }
  }
  Batch Files() const { return {P(paths), ends, offsets, lengths}; }
  void MustHaveDone() const {
    for (const double outcome : outcomes)
      if (outcome != 0) std::printf("outcome %g\n", outcome), std::exit(1);
  }
};

std::vector<Columns> Batches(const std::string& prefix) {
  std::vector<Columns> batches;
  for (size_t first = 0; first < kFiles; first += kFilesOfBatch) batches.emplace_back(first, prefix);
  return batches;
}

// The medians, of a way to do each.
void Measure(const char* name, const std::vector<std::function<void()>>& steps) {
  std::vector<std::vector<double>> seconds(steps.size());
  for (int round = 0; round < kRounds; round++)
    for (size_t step = 0; step < steps.size(); step++) {
      const auto started = std::chrono::steady_clock::now();
      steps[step]();
      seconds[step].push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
    }
  std::printf("%-28s", name);
  for (auto& values : seconds) {
    std::sort(values.begin(), values.end());
    std::printf(" %9.0f", kFiles / values[values.size() / 2]);
  }
  std::printf("\n");
}

void WriteByPath(const std::string& path, size_t i) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (::write(fd, content.data() + i % kFilesOfBatch * kFileBytes, kFileBytes) != kFileBytes) std::exit(1);
  const timespec times[2] = {{0, UTIME_OMIT}, {1000000000, 1}};
  ::futimens(fd, times);
  ::close(fd);
}

void ReadByPath(const std::string& path, size_t i) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (::read(fd, content.data() + i % kFilesOfBatch * kFileBytes, kFileBytes) != kFileBytes) std::exit(1);
  ::close(fd);
}

}  // namespace

int main(int count, char** arguments) {
  base = std::string(count > 1 ? arguments[1] : "/dev/shm") + "/pfs-confined-bench-XXXXXX";
  if (::mkdtemp(base.data()) == nullptr) return 1;
  Held held(::open(base.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  auto below = Batches(""), absolute = Batches(base + "/");
  std::vector<Entry> entries(kFilesOfBatch);
  std::vector<uint8_t> names;
  const auto each_directory = [](const auto& work) {
    for (size_t i = 0; i < kFiles / kFilesOfDirectory; i++) work(std::string("d") + std::to_string(i));
  };

  std::printf("%-28s %9s %9s %9s %9s\n", "files a second", "write", "list", "read", "remove");
  Measure("in batches", {
      [&] {
        each_directory([&](const std::string& name) { MakeDirectory(held, P(name), 0755); });
        for (auto& batch : below) {
          WriteMany(held, batch.Files(), {batch.modes, batch.seconds, batch.nanos}, content, batch.outcomes);
          batch.MustHaveDone();
        }
      },
      [&] {
        each_directory([&](const std::string& name) {
          std::vector<Entry> found;
          if (ListDirectory(P(base + "/" + name), found, names).count != kFilesOfDirectory) std::exit(1);
        });
      },
      [&] {
        for (auto& batch : absolute) {
          ReadMany(batch.Files(), content, entries, batch.outcomes);
          batch.MustHaveDone();
        }
      },
      [&] { each_directory([&](const std::string& name) { RemoveTree(held, P(name)); }); }});
  Measure("one by one, confined", {
      [&] {
        each_directory([&](const std::string& name) { MakeDirectory(held, P(name), 0755); });
        for (size_t i = 0; i < kFiles; i++) {
          const int fd = static_cast<int>(Create(held, P(NameOf(i)), 0644).count);
          if (::write(fd, content.data(), kFileBytes) != kFileBytes) std::exit(1);
          ::close(fd);
          SetModified(held, P(NameOf(i)), {1000000000, 1});
        }
      },
      [&] { for (size_t i = 0; i < kFiles; i++) Stat(held, P(NameOf(i)), entries[0]); },
      [&] {
        for (size_t i = 0; i < kFiles; i++) {
          const int fd = static_cast<int>(OpenFile(held, P(NameOf(i)), false).count);
          if (::read(fd, content.data(), kFileBytes) != kFileBytes) std::exit(1);
          ::close(fd);
        }
      },
      [&] { each_directory([&](const std::string& name) { RemoveTree(held, P(name)); }); }});
  Measure("by whole paths, unconfined", {
      [&] {
        each_directory([&](const std::string& name) { ::mkdir((base + "/" + name).c_str(), 0755); });
        for (size_t i = 0; i < kFiles; i++) WriteByPath(base + "/" + NameOf(i), i);
      },
      [&] {
        struct stat found;
        for (size_t i = 0; i < kFiles; i++) ::lstat((base + "/" + NameOf(i)).c_str(), &found);
      },
      [&] { for (size_t i = 0; i < kFiles; i++) ReadByPath(base + "/" + NameOf(i), i); },
      [&] {
        for (size_t i = 0; i < kFiles; i++) ::unlink((base + "/" + NameOf(i)).c_str());
        each_directory([&](const std::string& name) { ::rmdir((base + "/" + name).c_str()); });
      }});
  ::rmdir(base.c_str());
  return 0;
}
