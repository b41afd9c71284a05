// check.h: what the programs here check besides what all do.

#pragma once

#include <cmath>

#include "../../../native/test/check.h"

namespace pfs::test {

// Whether `hits` of `draws` with this chance are what 4 standard deviations allow: the seeds are fixed, so it is so or not.
inline bool IsShare(double hits, double draws, double chance) {
  return std::fabs(hits - draws * chance) <= 4 * std::sqrt(draws * chance * (1 - chance)) + 1e-9;
}

}  // namespace pfs::test
