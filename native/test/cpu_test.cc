// cpu_test.cc: every level of the processor hides what is above it and nothing below.
//
// Build: g++ -std=c++20 -O3 -Inative native/test/cpu_test.cc native/base/*.cc

#include "base/cpu.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

int main() {
  const pfs::Cpu& cpu = pfs::ThisCpu();
  const char* level = std::getenv("PFS_CPU");
  const bool is_portable = level != nullptr && std::strcmp(level, "portable") == 0;
  const bool is_sse41 = level != nullptr && std::strcmp(level, "sse41") == 0;
  const bool is_avx2 = level != nullptr && std::strcmp(level, "avx2") == 0;
  bool is_right = &cpu == &pfs::ThisCpu();
  // what builds on something has it
  is_right &= !cpu.avx2 || cpu.sse41;
  is_right &= !cpu.avx512 || cpu.avx2;
  is_right &= !cpu.avx512_vbmi || cpu.avx512;
  is_right &= !cpu.vaes || (cpu.aes && cpu.avx2);
  if (is_portable) is_right &= !cpu.sse41 && !cpu.neon && !cpu.aes;
  if (is_portable || is_sse41) is_right &= !cpu.avx2;
  if (is_portable || is_sse41 || is_avx2) is_right &= !cpu.avx512;
  std::printf("%s levels of the processor\n", is_right ? "ok  " : "FAIL");
  return is_right ? 0 : 1;
}
