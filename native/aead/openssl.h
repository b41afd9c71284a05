// openssl.h: the few functions of OpenSSL that we use, as its manual gives them, without its headers.
//
// They are weak: the process that loads us has them (node exports its own OpenSSL, or is linked to the
// system's) or their addresses are null and HasOpenSsl() is false; so a node that hides them loses two suites
// and not the addon. Names, values and meanings are the same in OpenSSL 1.1.1, 3.x and BoringSSL.

#pragma once

#include <cstddef>

extern "C" {

struct evp_cipher_st;
struct evp_cipher_ctx_st;

[[gnu::weak]] evp_cipher_ctx_st* EVP_CIPHER_CTX_new();
[[gnu::weak]] void EVP_CIPHER_CTX_free(evp_cipher_ctx_st* context);
[[gnu::weak]] int EVP_CIPHER_CTX_ctrl(evp_cipher_ctx_st* context, int command, int value, void* pointer);
// encrypts: 1, decrypts: 0. Null cipher or key: those it has.
[[gnu::weak]] int EVP_CipherInit_ex(evp_cipher_ctx_st* context, const evp_cipher_st* cipher, void* engine,
                                    const unsigned char* key, const unsigned char* iv, int encrypts);
// Null out: in is associated data.
[[gnu::weak]] int EVP_CipherUpdate(evp_cipher_ctx_st* context, unsigned char* out, int* out_bytes,
                                   const unsigned char* in, int in_bytes);
[[gnu::weak]] int EVP_CipherFinal_ex(evp_cipher_ctx_st* context, unsigned char* out, int* out_bytes);
[[gnu::weak]] const evp_cipher_st* EVP_aes_256_gcm();
[[gnu::weak]] const evp_cipher_st* EVP_chacha20_poly1305();

}  // extern "C"

namespace pfs::aead {

// EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG
inline constexpr int kGetTag = 0x10;
inline constexpr int kSetTag = 0x11;

// What every cipher needs; whether one cipher is there is its own function's address.
inline bool HasOpenSsl() noexcept {
  return EVP_CIPHER_CTX_new != nullptr && EVP_CIPHER_CTX_free != nullptr && EVP_CIPHER_CTX_ctrl != nullptr &&
         EVP_CipherInit_ex != nullptr && EVP_CipherUpdate != nullptr && EVP_CipherFinal_ex != nullptr;
}

}  // namespace pfs::aead
