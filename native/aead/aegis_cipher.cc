// aegis_cipher.cc: see aegis_cipher.h.

#include "aead/aegis_cipher.h"

#include "aead/nonce.h"
#include "aead/tag.h"

namespace pfs::aead {

using aegis128l::Batch;
using aegis128l::Kernels;
using aegis128l::kLongTagBytes;

namespace {

Batch BatchOf(size_t packet_bytes, size_t header_bytes) noexcept {
  Batch batch;
  batch.header_bytes = header_bytes;
  batch.text_bytes = packet_bytes - header_bytes - kTagBytes;
  return batch;
}

// How many of `left` packets go through together: a wide kernel half empty is no quicker than the single one.
size_t Together(const Kernels& wide, size_t left) noexcept {
  if (left >= wide.lanes) return wide.lanes;
  return 2 * left > wide.lanes ? left : 1;
}

// Lanes without a packet repeat the last one's: they read and write the same bytes at the same time.
void FillLanes(Batch& batch, size_t used, size_t lanes) noexcept {
  for (size_t i = used; i < lanes; i++) {
    batch.header[i] = batch.header[used - 1];
    batch.text[i] = batch.text[used - 1];
    std::memcpy(batch.nonce[i], batch.nonce[used - 1], sizeof batch.nonce[i]);
  }
}

}  // namespace

AegisCipher::AegisCipher(const Kernels& wide, const Kernels& single, const uint8_t* key,
                         const uint8_t* iv) noexcept
    : wide_(wide), single_(single) {
  std::memcpy(key_, key, sizeof key_);
  std::memcpy(iv_, iv, sizeof iv_);
}

AegisCipher::~AegisCipher() {
  Wipe(key_, sizeof key_);
  Wipe(iv_, sizeof iv_);
}

void AegisCipher::Lay(Batch& batch, size_t lane, uint8_t* packet, uint32_t path,
                      uint64_t number) const noexcept {
  batch.header[lane] = packet;
  batch.text[lane] = packet + batch.header_bytes;
  WriteNonce(batch.nonce[lane], iv_, sizeof iv_, path, number);
}

void AegisCipher::Seal(size_t lanes, Batch& batch) noexcept {
  const Kernels& kernels = lanes > 1 ? wide_ : single_;
  FillLanes(batch, lanes, kernels.lanes);
  uint8_t tags[aegis128l::kLanesMax][kLongTagBytes];
  kernels.seal(key_, batch, kTagBytes, tags);
  for (size_t i = 0; i < lanes; i++) std::memcpy(batch.text[i] + batch.text_bytes, tags[i], kTagBytes);
}

uint32_t AegisCipher::Open(size_t lanes, Batch& batch) noexcept {
  const Kernels& kernels = lanes > 1 ? wide_ : single_;
  FillLanes(batch, lanes, kernels.lanes);
  uint8_t tags[aegis128l::kLanesMax][kLongTagBytes];
  kernels.open(key_, batch, kTagBytes, tags);
  uint32_t authentic = 0;
  for (size_t i = 0; i < lanes; i++) {
    if (EqualTags(batch.text[i] + batch.text_bytes, tags[i], kTagBytes))
      authentic |= 1u << i;
    else
      std::memset(batch.text[i], 0, batch.text_bytes);
  }
  return authentic;
}

void AegisCipher::SealTrain(const Train& train, size_t header_bytes) noexcept {
  const uint32_t equal = train.last_packet_bytes == train.packet_bytes ? train.count : train.count - 1;
  for (uint32_t i = 0; i < train.count;) {
    const bool is_last_alone = i == equal;
    const size_t lanes = is_last_alone ? 1 : Together(wide_, equal - i);
    Batch batch = BatchOf(is_last_alone ? train.last_packet_bytes : train.packet_bytes, header_bytes);
    for (size_t k = 0; k < lanes; k++)
      Lay(batch, k, train.packets + (i + k) * train.stride_bytes, train.path, train.first_number + i + k);
    Seal(lanes, batch);
    i += static_cast<uint32_t>(lanes);
  }
}

void AegisCipher::SealWith(const uint8_t* nonce, uint8_t* packet, size_t packet_bytes,
                           size_t header_bytes) noexcept {
  Batch batch = BatchOf(packet_bytes, header_bytes);
  batch.header[0] = packet;
  batch.text[0] = packet + header_bytes;
  std::memcpy(batch.nonce[0], nonce, sizeof iv_);
  Seal(1, batch);
}

bool AegisCipher::OpenWith(const uint8_t* nonce, uint8_t* packet, size_t packet_bytes,
                           size_t header_bytes) noexcept {
  if (packet_bytes < header_bytes + kTagBytes) return false;
  Batch batch = BatchOf(packet_bytes, header_bytes);
  batch.header[0] = packet;
  batch.text[0] = packet + header_bytes;
  std::memcpy(batch.nonce[0], nonce, sizeof iv_);
  return Open(1, batch) != 0;
}

bool AegisCipher::Open(uint8_t* packet, size_t packet_bytes, size_t header_bytes, uint32_t path,
                       uint64_t number) noexcept {
  uint8_t nonce[aegis128l::kNonceBytes];
  WriteNonce(nonce, iv_, sizeof nonce, path, number);
  return OpenWith(nonce, packet, packet_bytes, header_bytes);
}

void AegisCipher::OpenMany(const Sealed* packets, size_t count, size_t header_bytes, uint32_t path,
                           bool* opened) noexcept {
  for (size_t i = 0; i < count;) {
    const size_t bytes = packets[i].packet_bytes;
    if (bytes < header_bytes + kTagBytes) {
      opened[i++] = false;
      continue;
    }
    size_t equal = 1;
    while (equal < wide_.lanes && i + equal < count && packets[i + equal].packet_bytes == bytes) equal++;
    const size_t lanes = Together(wide_, equal);
    Batch batch = BatchOf(bytes, header_bytes);
    for (size_t k = 0; k < lanes; k++) Lay(batch, k, packets[i + k].packet, path, packets[i + k].number);
    const uint32_t authentic = Open(lanes, batch);
    for (size_t k = 0; k < lanes; k++) opened[i + k] = (authentic >> k & 1) != 0;
    i += lanes;
  }
}

}  // namespace pfs::aead
