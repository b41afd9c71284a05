// check.h: how the test programs count what does not hold, and end.

#pragma once

#include <cerrno>
#include <cstdio>

namespace pfs::test {

inline int failures = 0;

// Runs the groups in their order; the exit code.
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

}  // namespace pfs::test

#define CHECK(what)                                                                \
  do {                                                                             \
    if (!(what)) {                                                                 \
      pfs::test::failures++;                                                       \
      std::printf("  %s:%d: %s (errno %d)\n", __FILE__, __LINE__, #what, errno);   \
    }                                                                              \
  } while (0)
