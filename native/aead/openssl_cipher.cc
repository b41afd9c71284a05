// openssl_cipher.cc: see openssl_cipher.h.

#include "aead/openssl_cipher.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "aead/nonce.h"
#include "aead/tag.h"

namespace pfs::aead {
namespace {

// With a context that was keyed and arguments in range these cannot fail; a packet that was not sealed must
// not leave.
void MustDo(int result) noexcept {
  if (result == 1) return;
  std::fputs("pfs native: OpenSSL failed to seal a packet\n", stderr);
  std::abort();
}

}  // namespace

std::unique_ptr<Cipher> OpenSslCipher::Make(const evp_cipher_st* cipher, const uint8_t* key,
                                            const uint8_t* iv) noexcept {
  Context context(EVP_CIPHER_CTX_new());
  if (!context || EVP_CipherInit_ex(context.get(), cipher, nullptr, key, iv, 1) != 1) return nullptr;
  return std::unique_ptr<Cipher>(new (std::nothrow) OpenSslCipher(std::move(context), iv));
}

OpenSslCipher::OpenSslCipher(Context context, const uint8_t* iv) noexcept : context_(std::move(context)) {
  std::memcpy(iv_, iv, sizeof iv_);
}

OpenSslCipher::~OpenSslCipher() { Wipe(iv_, sizeof iv_); }

void OpenSslCipher::SealWith(const uint8_t* nonce, uint8_t* packet, size_t packet_bytes,
                             size_t header_bytes) noexcept {
  evp_cipher_ctx_st* const context = context_.get();
  uint8_t* const text = packet + header_bytes;
  uint8_t* const tag = packet + packet_bytes - kTagBytes;
  int written = 0;
  MustDo(EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, nonce, 1));
  if (header_bytes > 0)
    MustDo(EVP_CipherUpdate(context, nullptr, &written, packet, static_cast<int>(header_bytes)));
  if (text != tag) MustDo(EVP_CipherUpdate(context, text, &written, text, static_cast<int>(tag - text)));
  MustDo(EVP_CipherFinal_ex(context, tag, &written));
  MustDo(EVP_CIPHER_CTX_ctrl(context, kGetTag, kTagBytes, tag));
}

bool OpenSslCipher::OpenWith(const uint8_t* nonce, uint8_t* packet, size_t packet_bytes,
                             size_t header_bytes) noexcept {
  if (packet_bytes < header_bytes + kTagBytes) return false;
  evp_cipher_ctx_st* const context = context_.get();
  uint8_t* const text = packet + header_bytes;
  uint8_t* const tag = packet + packet_bytes - kTagBytes;
  int written = 0;
  bool good = EVP_CipherInit_ex(context, nullptr, nullptr, nullptr, nonce, 0) == 1 &&
              EVP_CIPHER_CTX_ctrl(context, kSetTag, kTagBytes, tag) == 1;
  if (header_bytes > 0)
    good = good && EVP_CipherUpdate(context, nullptr, &written, packet, static_cast<int>(header_bytes)) == 1;
  if (text != tag)
    good = good && EVP_CipherUpdate(context, text, &written, text, static_cast<int>(tag - text)) == 1;
  // it writes nothing: neither cipher holds bytes back
  uint8_t nothing[kTagBytes];
  // compares in constant time
  good = good && EVP_CipherFinal_ex(context, nothing, &written) == 1;
  if (!good && text != tag) std::memset(text, 0, static_cast<size_t>(tag - text));
  return good;
}

void OpenSslCipher::SealTrain(const Train& train, size_t header_bytes) noexcept {
  uint8_t nonce[kNonceBytes];
  for (uint32_t i = 0; i < train.count; i++) {
    WriteNonce(nonce, iv_, sizeof nonce, train.path, train.first_number + i);
    const size_t bytes = i + 1 == train.count ? train.last_packet_bytes : train.packet_bytes;
    SealWith(nonce, train.packets + i * train.stride_bytes, bytes, header_bytes);
  }
}

bool OpenSslCipher::Open(uint8_t* packet, size_t packet_bytes, size_t header_bytes, uint32_t path,
                         uint64_t number) noexcept {
  uint8_t nonce[kNonceBytes];
  WriteNonce(nonce, iv_, sizeof nonce, path, number);
  return OpenWith(nonce, packet, packet_bytes, header_bytes);
}

}  // namespace pfs::aead
