// aead.cc: see aead.h. The table of suites and what is behind each.

#include "aead/aead.h"

#include <new>

#include "aead/aegis128l.h"
#include "aead/aegis_cipher.h"
#include "aead/openssl.h"
#include "aead/openssl_cipher.h"

namespace pfs::aead {
namespace {

// Null where OpenSSL, or this cipher of it, is not to be had.
const evp_cipher_st* OpenSslOf(Suite suite) noexcept {
  if (!HasOpenSsl()) return nullptr;
  if (suite == Suite::kAes256Gcm && EVP_aes_256_gcm != nullptr) return EVP_aes_256_gcm();
  if (suite == Suite::kChaChaPoly && EVP_chacha20_poly1305 != nullptr) return EVP_chacha20_poly1305();
  return nullptr;
}

// An OpenSSL may know a cipher and refuse to key it: FIPS and ChaCha20. So each is tried once.
bool CanKey(Suite suite) noexcept {
  const uint8_t zeros[32] = {};
  const evp_cipher_st* const cipher = OpenSslOf(suite);
  return cipher != nullptr && OpenSslCipher::Make(cipher, zeros, zeros) != nullptr;
}

}  // namespace

bool HasSuite(Suite suite) noexcept {
  static const bool has_gcm = CanKey(Suite::kAes256Gcm);
  static const bool has_chacha = CanKey(Suite::kChaChaPoly);
  switch (suite) {
    case Suite::kAes256Gcm:
      return has_gcm;
    case Suite::kChaChaPoly:
      return has_chacha;
    case Suite::kAegis128L:
      return aegis128l::Single() != nullptr;
  }
  return false;
}

size_t KeyBytes(Suite suite) noexcept { return suite == Suite::kAegis128L ? aegis128l::kKeyBytes : 32; }

size_t NonceBytes(Suite suite) noexcept {
  return suite == Suite::kAegis128L ? aegis128l::kNonceBytes : OpenSslCipher::kNonceBytes;
}

const char* Kernel(Suite suite) noexcept {
  if (!HasSuite(suite)) return "none";
  return suite == Suite::kAegis128L ? aegis128l::Widest()->name : "openssl";
}

std::unique_ptr<Cipher> MakeCipher(Suite suite, const uint8_t* key, const uint8_t* iv) noexcept {
  if (!HasSuite(suite)) return nullptr;
  if (suite != Suite::kAegis128L) return OpenSslCipher::Make(OpenSslOf(suite), key, iv);
  return std::unique_ptr<Cipher>(new (std::nothrow)
                                     AegisCipher(*aegis128l::Widest(), *aegis128l::Single(), key, iv));
}

void Cipher::OpenMany(const Sealed* packets, size_t count, size_t header_bytes, uint32_t path,
                      bool* opened) noexcept {
  for (size_t i = 0; i < count; i++)
    opened[i] = Open(packets[i].packet, packets[i].packet_bytes, header_bytes, path, packets[i].number);
}

}  // namespace pfs::aead
