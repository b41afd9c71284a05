// check.h: how the programs here count what does not hold, and end.

#pragma once

#include <cmath>
#include <cstdio>

namespace pfs::test {

inline int failures = 0;

struct Group {
  const char* name;
  void (*run)();
};

template <size_t kCount>
int RunGroups(const Group (&groups)[kCount]) {
  for (const Group& group : groups) {
    const int before = failures;
    group.run();
    std::printf("%s: %s\n", group.name, failures == before ? "ok" : "FAILED");
  }
  return failures == 0 ? 0 : 1;
}

// Whether `hits` of `draws` with this chance are what 4 standard deviations allow: the seeds are fixed, so it is so or not.
inline bool IsShare(double hits, double draws, double chance) {
  return std::fabs(hits - draws * chance) <= 4 * std::sqrt(draws * chance * (1 - chance)) + 1e-9;
}

}  // namespace pfs::test

#define CHECK(what)                                                \
  do {                                                             \
    if (!(what)) {                                                 \
      pfs::test::failures++;                                       \
      std::printf("  %s:%d: %s\n", __FILE__, __LINE__, #what);     \
    }                                                              \
  } while (0)
