// aegis_cipher.h: AEGIS-128L as a packet cipher: neighbours of one size go through a wide kernel together.
//
// Knows packets and kernels; does not know which machine this is.

#pragma once

#include <cstring>
#include <memory>

#include "aead/aead.h"
#include "aead/aegis128l.h"

namespace pfs::aead {

class AegisCipher final : public Cipher {
 public:
  // `wide` works on several packets at once, `single` on one; they may be the same.
  AegisCipher(const aegis128l::Kernels& wide, const aegis128l::Kernels& single, const uint8_t* key,
              const uint8_t* iv) noexcept;
  ~AegisCipher() override;

  void SealTrain(const Train& train, size_t header_bytes) noexcept override;
  void SealWith(const uint8_t* nonce, uint8_t* packet, size_t packet_bytes,
                size_t header_bytes) noexcept override;
  bool OpenWith(const uint8_t* nonce, uint8_t* packet, size_t packet_bytes,
                size_t header_bytes) noexcept override;
  bool Open(uint8_t* packet, size_t packet_bytes, size_t header_bytes, uint32_t path,
            uint64_t number) noexcept override;
  void OpenMany(const Sealed* packets, size_t count, size_t header_bytes, uint32_t path,
                bool* opened) noexcept override;

 private:
  void Seal(size_t lanes, aegis128l::Batch& batch) noexcept;
  // One bit for each lane, set where the packet is authentic; the text of the others is zeroed.
  uint32_t Open(size_t lanes, aegis128l::Batch& batch) noexcept;
  void Lay(aegis128l::Batch& batch, size_t lane, uint8_t* packet, uint32_t path,
           uint64_t number) const noexcept;

  const aegis128l::Kernels& wide_;
  const aegis128l::Kernels& single_;
  uint8_t key_[aegis128l::kKeyBytes];
  uint8_t iv_[aegis128l::kNonceBytes];
};

}  // namespace pfs::aead
