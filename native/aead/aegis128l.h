// aegis128l.h: AEGIS-128L (draft-irtf-cfrg-aegis-aead-18) on the machine's AES instructions, over one packet
// or several at once.
//
// Knows keys, nonces, associated data and text; no packet layout and no numbers. No table lookup and no
// branch depends on a secret. A kernel works on as many packets as its registers have lanes of 128 bits: one
// packet's rounds wait for each other, those of its neighbours do not.

#pragma once

#include <cstddef>
#include <cstdint>

namespace pfs::aead::aegis128l {

inline constexpr size_t kKeyBytes = 16;
inline constexpr size_t kNonceBytes = 16;
inline constexpr size_t kLongTagBytes = 32;
inline constexpr size_t kLanesMax = 4;

// Texts of one length under one key, one in each lane; worked on in place. A lane may appear twice.
struct Batch {
  const uint8_t* header[kLanesMax];
  uint8_t* text[kLanesMax];
  uint8_t nonce[kLanesMax][kNonceBytes];
  size_t header_bytes;
  size_t text_bytes;
};

// Leaves each lane's tag in tags[lane]: the first 16 bytes of it, or all 32.
using Kernel = void (*)(const uint8_t* key, const Batch& batch, size_t tag_bytes,
                        uint8_t (*tags)[kLongTagBytes]) noexcept;

struct Kernels {
  const char* name;
  size_t lanes;
  Kernel seal;
  Kernel open;
};

// One packet at a time. Null without AES instructions.
const Kernels* Single() noexcept;
// The widest this machine has; Single() where there is no wider one. Null without AES instructions.
const Kernels* Widest() noexcept;

// One text, with a tag of 16 or 32 bytes. Only where Single() is there.
void Seal(const uint8_t* key, const uint8_t* nonce, const uint8_t* header, size_t header_bytes, uint8_t* text,
          size_t text_bytes, uint8_t* tag, size_t tag_bytes) noexcept;
// False: forged, and the text is zeroed.
bool Open(const uint8_t* key, const uint8_t* nonce, const uint8_t* header, size_t header_bytes, uint8_t* text,
          size_t text_bytes, const uint8_t* tag, size_t tag_bytes) noexcept;

#if defined(__x86_64__)
extern const Kernels kAesNi;
extern const Kernels kVaes256;
extern const Kernels kVaes512;
#elif defined(__aarch64__)
extern const Kernels kArmv8;
#endif

}  // namespace pfs::aead::aegis128l
