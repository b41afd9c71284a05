// blake3.h: BLAKE3, plain, keyed and as a key derivation function, 32 bytes out or more.
//
// Knows no Node and no files. The kernel (AVX-512, AVX2, SSE4.1, NEON or portable) is chosen once, at run
// time; every one gives the same bytes. The specification: https://github.com/BLAKE3-team/BLAKE3-specs

#pragma once

#include <cstddef>
#include <cstdint>

namespace pfs::hash {

inline constexpr size_t kHashBytes = 32;
inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kChunkBytes = 1024;  // what one leaf of the tree is over

// How a hash is begun: chaining words and mode flags.
struct Mode {
  uint32_t key[8];
  uint8_t flags;
};

Mode PlainMode() noexcept;
Mode KeyedMode(const uint8_t key[kKeyBytes]) noexcept;
// The mode that hashes key material for `context`.
Mode DeriveMode(const uint8_t* context, size_t context_bytes) noexcept;

// The whole input at once: what every hot caller uses. `out_bytes` may be any number.
void Blake3(const Mode& mode, const uint8_t* input, size_t bytes, uint8_t* out,
            size_t out_bytes = kHashBytes) noexcept;

// A large input in parts, which threads may hash apart: there are two or more, and every one but the last has
// the same number of bytes: kChunkBytes times a power of two. `first_chunk` is the part's offset /
// kChunkBytes. parallel_hash.h
void SubtreeValue(const Mode& mode, const uint8_t* input, size_t bytes, uint64_t first_chunk,
                  uint8_t out[kHashBytes]) noexcept;

// The hash of the whole from its parts' values, of which there are two or more, in their order. Writes over
// `values`.
void JoinSubtrees(const Mode& mode, uint8_t* values, size_t count, uint8_t* out,
                  size_t out_bytes = kHashBytes) noexcept;

// Many inputs, one after another in memory: input i has lengths[i] bytes; 32 bytes each go to `out`.
void Blake3Many(const Mode& mode, const uint8_t* inputs, const uint32_t* lengths, size_t count,
                uint8_t* out) noexcept;

// The name of the kernel in use.
const char* Blake3Kernel() noexcept;

}  // namespace pfs::hash
