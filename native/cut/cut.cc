// cut.cc: see cut.h. The rule of a chunk's length, over whichever kernel this machine has.

#include "cut/cut.h"

#include <algorithm>

#include "base/cpu.h"
#include "cut/kernel.h"

namespace pfs::cut {
namespace {

struct Kernel {
  FindCut find;
  const char* name;
};

Kernel Choose() noexcept {
#if defined(__x86_64__)
  if (ThisCpu().avx512 && ThisCpu().avx512_vbmi) return {FindCutAvx512, "avx512-vbmi"};
#endif
  return {FindCutPortable, "portable"};
}

const Kernel& TheKernel() noexcept {
  static const Kernel kernel = Choose();
  return kernel;
}

}  // namespace

void Prepare(Gear* gear) noexcept {
  for (size_t plane = 0; plane < 4; plane++)
    for (size_t value = 0; value < 256; value++)
      gear->planes[plane][value] = static_cast<uint8_t>(gear->table[value] >> (8 * plane));
}

size_t CutLength(const Gear& gear, const uint8_t* bytes, size_t length, bool is_last,
                 size_t* searched) noexcept {
  if (length < gear.min_bytes) return is_last ? length : 0;
  const size_t limit = std::min<size_t>(length, gear.max_bytes);
  // a chunk of min bytes ends after byte min - 1: the first that may be a cut
  const size_t known = searched == nullptr ? 0 : *searched;
  const size_t from = std::max<size_t>(gear.min_bytes - 1, known);
  const size_t cut = from < limit ? TheKernel().find(gear, bytes, from, limit) : 0;
  const bool is_decided = cut > 0 || is_last || limit == gear.max_bytes;
  if (searched != nullptr) *searched = is_decided ? 0 : limit;
  return cut > 0 ? cut : is_decided ? limit : 0;
}

size_t ZeroCutLength(const Gear& gear) noexcept {
  // the hash of 32 zero bytes is table[0] * (2^32 - 1); it is below the threshold at once or never
  return 0u - gear.table[0] < gear.threshold ? gear.min_bytes : gear.max_bytes;
}

const char* CutKernel() noexcept { return TheKernel().name; }

}  // namespace pfs::cut
