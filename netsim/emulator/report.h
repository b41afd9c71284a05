// report.h: the counters of both directions as one line of JSON, in the names of netsim/emulator.ts.

#pragma once

#include <string>

#include "link.h"

namespace pfs::emulator {

std::string Report(const Link& forth, const Link& back, bool is_realtime, double cpu_seconds);

}  // namespace pfs::emulator
