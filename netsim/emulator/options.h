// options.h: what the command line says.

#pragma once

#include <cstdint>
#include <string>

#include "settings.h"
#include "tun.h"

namespace pfs::emulator {

struct Options {
  TunPlace left;
  TunPlace right;
  Settings forth;  // left to right
  Settings back;
  uint64_t seed = 1;
  int mtu_bytes = 1500;
  int realtime_priority = 0;  // 0: an ordinary process
  // Awake for so long before something is due: on time to a few microseconds, for a core's time.
  int64_t spin_nanos = 0;
  // Commands come by standard input, and its end is ours.
  bool has_control = false;
  // No super-packets: every packet costs a system call each way.
  bool is_plain = false;
};

extern const char kUsage[];

// False: `complaint` says which word it was.
bool ReadOptions(int count, const char* const* words, Options& options, std::string& complaint);
// KEY=NUMBER,KEY=NUMBER…
bool ReadSettings(const std::string& word, Settings& settings, std::string& complaint);

}  // namespace pfs::emulator
