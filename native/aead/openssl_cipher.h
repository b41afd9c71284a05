// openssl_cipher.h: a packet cipher over one OpenSSL context: the key schedule is made once, a packet costs a
// nonce.
//
// Knows packets and OpenSSL; does not know which ciphers there are.

#pragma once

#include <memory>

#include "aead/aead.h"
#include "aead/openssl.h"

namespace pfs::aead {

class OpenSslCipher final : public Cipher {
 public:
  static constexpr size_t kNonceBytes = 12;

  // Null when OpenSSL refuses: out of memory, or a policy that forbids the cipher.
  static std::unique_ptr<Cipher> Make(const evp_cipher_st* cipher, const uint8_t* key,
                                      const uint8_t* iv) noexcept;
  ~OpenSslCipher() override;

  void SealTrain(const Train& train, size_t header_bytes) noexcept override;
  void SealWith(const uint8_t* nonce, uint8_t* packet, size_t packet_bytes,
                size_t header_bytes) noexcept override;
  bool OpenWith(const uint8_t* nonce, uint8_t* packet, size_t packet_bytes,
                size_t header_bytes) noexcept override;
  bool Open(uint8_t* packet, size_t packet_bytes, size_t header_bytes, uint32_t path,
            uint64_t number) noexcept override;

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const noexcept { EVP_CIPHER_CTX_free(context); }
  };
  using Context = std::unique_ptr<evp_cipher_ctx_st, Free>;

  OpenSslCipher(Context context, const uint8_t* iv) noexcept;

  // The key schedule is wiped by OpenSSL when the context is freed.
  Context context_;
  uint8_t iv_[kNonceBytes];
};

}  // namespace pfs::aead
