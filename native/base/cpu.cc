// cpu.cc: see cpu.h.

#include "base/cpu.h"

#include <cstdlib>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace pfs {
namespace {

#if defined(__x86_64__)
// Older compilers have no name for it: leaf 7, ECX bit 9. The registers it needs are those of AVX2.
bool HasVaes() noexcept {
  unsigned eax, ebx, ecx = 0, edx;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ecx & (1u << 9)) != 0;
}
#endif

Cpu Ask() noexcept {
  Cpu cpu;
#if defined(__x86_64__)
  __builtin_cpu_init();
  cpu.sse41 = __builtin_cpu_supports("sse4.1") && __builtin_cpu_supports("ssse3");
  cpu.avx2 = cpu.sse41 && __builtin_cpu_supports("avx2");
  cpu.avx512 = cpu.avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
  cpu.avx512_vbmi = cpu.avx512 && __builtin_cpu_supports("avx512vbmi");
  cpu.aes = cpu.sse41 && __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
  cpu.vaes = cpu.aes && cpu.avx2 && HasVaes();
#elif defined(__aarch64__)
  cpu.neon = true;
  cpu.aes = (getauxval(AT_HWCAP) & HWCAP_AES) != 0;
#endif
  const char* limit = std::getenv("PFS_CPU");
  if (limit == nullptr) return cpu;
  if (std::strcmp(limit, "portable") == 0) return Cpu{};
  if (std::strcmp(limit, "sse41") == 0) cpu.avx2 = cpu.avx512 = cpu.avx512_vbmi = cpu.vaes = false;
  if (std::strcmp(limit, "avx2") == 0) cpu.avx512 = cpu.avx512_vbmi = false;
  return cpu;
}

}  // namespace

const Cpu& ThisCpu() noexcept {
  static const Cpu cpu = Ask();
  return cpu;
}

}  // namespace pfs
