// aegis128l.cc: see aegis128l.h. Picks the kernels and does single texts.

#include "aead/aegis128l.h"

#include <cstring>

#include "aead/tag.h"
#include "base/cpu.h"

namespace pfs::aead::aegis128l {

const Kernels* Single() noexcept {
#if defined(__x86_64__)
  return ThisCpu().aes ? &kAesNi : nullptr;
#elif defined(__aarch64__)
  return ThisCpu().aes ? &kArmv8 : nullptr;
#else
  return nullptr;
#endif
}

const Kernels* Widest() noexcept {
#if defined(__x86_64__)
  if (ThisCpu().vaes) return ThisCpu().avx512 ? &kVaes512 : &kVaes256;
#endif
  return Single();
}

namespace {

Batch BatchOfOne(const uint8_t* nonce, const uint8_t* header, size_t header_bytes, uint8_t* text,
                 size_t text_bytes) noexcept {
  Batch batch{};
  batch.header[0] = header;
  batch.text[0] = text;
  std::memcpy(batch.nonce[0], nonce, kNonceBytes);
  batch.header_bytes = header_bytes;
  batch.text_bytes = text_bytes;
  return batch;
}

}  // namespace

void Seal(const uint8_t* key, const uint8_t* nonce, const uint8_t* header, size_t header_bytes, uint8_t* text,
          size_t text_bytes, uint8_t* tag, size_t tag_bytes) noexcept {
  uint8_t tags[1][kLongTagBytes];
  Single()->seal(key, BatchOfOne(nonce, header, header_bytes, text, text_bytes), tag_bytes, tags);
  std::memcpy(tag, tags[0], tag_bytes);
}

bool Open(const uint8_t* key, const uint8_t* nonce, const uint8_t* header, size_t header_bytes, uint8_t* text,
          size_t text_bytes, const uint8_t* tag, size_t tag_bytes) noexcept {
  uint8_t tags[1][kLongTagBytes];
  Single()->open(key, BatchOfOne(nonce, header, header_bytes, text, text_bytes), tag_bytes, tags);
  const bool authentic = EqualTags(tag, tags[0], tag_bytes);
  if (!authentic && text_bytes > 0) std::memset(text, 0, text_bytes);
  return authentic;
}

}  // namespace pfs::aead::aegis128l
