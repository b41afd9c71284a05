// cpu.h: which instruction sets this machine has, asked once.
//
// Knows the processor and the system's word on which registers it saves; chooses nothing. `PFS_CPU` in the environment
// hides what is above a level, so that every kernel can be tested on one machine: portable, sse41, avx2, avx512.

#pragma once

namespace pfs {

struct Cpu {
  bool sse41 = false;
  bool avx2 = false;
  bool avx512 = false;       // F, BW, VL and DQ
  bool avx512_vbmi = false;  // byte permutes over 64 entries
  bool aes = false;          // AES-NI with PCLMUL, or the ARMv8 cryptographic extension
  bool vaes = false;         // AES on 256-bit registers; on 512-bit ones too where avx512 is set
  bool neon = false;
};

// What may be used. The same answer for the whole life of the process.
const Cpu& ThisCpu() noexcept;

}  // namespace pfs
