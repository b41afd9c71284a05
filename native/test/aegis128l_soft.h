// aegis128l_soft.h: AEGIS-128L by the letter of draft-irtf-cfrg-aegis-aead-18, byte by byte: the reference
// that the kernels are held to. Slow, and its table makes it anything but constant in time: for tests only.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pfs::test {

using Block = std::array<uint8_t, 16>;

inline uint8_t Double(uint8_t a) { return static_cast<uint8_t>((a << 1) ^ ((a >> 7) * 0x1b)); }

inline uint8_t Times(uint8_t a, uint8_t b) {
  uint8_t product = 0;
  for (; b != 0; b >>= 1, a = Double(a))
    if (b & 1) product ^= a;
  return product;
}

// FIPS 197 §5.1.1: the inverse in GF(2^8), then an affine map.
inline const std::array<uint8_t, 256>& SBox() {
  static const std::array<uint8_t, 256> box = [] {
    std::array<uint8_t, 256> made{};
    for (int a = 0; a < 256; a++) {
      uint8_t inverse = 0;
      for (int b = 1; b < 256 && a != 0; b++)
        if (Times(static_cast<uint8_t>(a), static_cast<uint8_t>(b)) == 1) inverse = static_cast<uint8_t>(b);
      uint8_t out = 0x63;
      for (int turn = 0; turn < 5; turn++)
        out ^= static_cast<uint8_t>((inverse << turn) | (inverse >> (8 - turn)));
      made[static_cast<size_t>(a)] = out;
    }
    return made;
  }();
  return box;
}

inline Block Xor(const Block& a, const Block& b) {
  Block out;
  for (size_t i = 0; i < 16; i++) out[i] = a[i] ^ b[i];
  return out;
}

inline Block And(const Block& a, const Block& b) {
  Block out;
  for (size_t i = 0; i < 16; i++) out[i] = a[i] & b[i];
  return out;
}

// SubBytes, ShiftRows, MixColumns, AddRoundKey.
inline Block AesRound(const Block& in, const Block& key) {
  Block out;
  for (size_t column = 0; column < 4; column++) {
    uint8_t s[4];
    for (size_t row = 0; row < 4; row++) s[row] = SBox()[in[4 * ((column + row) % 4) + row]];
    for (size_t row = 0; row < 4; row++)
      out[4 * column + row] = static_cast<uint8_t>(Double(s[row]) ^ Double(s[(row + 1) % 4]) ^ s[(row + 1) % 4] ^
                                                   s[(row + 2) % 4] ^ s[(row + 3) % 4]);
  }
  return Xor(out, key);
}

class SoftAegis128L {
 public:
  SoftAegis128L(const uint8_t* key_bytes, const uint8_t* nonce_bytes) {
    const Block key = From(key_bytes, 16), nonce = From(nonce_bytes, 16);
    const Block c0 = {0x00, 0x01, 0x01, 0x02, 0x03, 0x05, 0x08, 0x0d, 0x15, 0x22, 0x37, 0x59, 0x90, 0xe9, 0x79, 0x62};
    const Block c1 = {0xdb, 0x3d, 0x18, 0x55, 0x6d, 0xc2, 0x2f, 0xf1, 0x20, 0x11, 0x31, 0x42, 0x73, 0xb5, 0x28, 0xdd};
    s = {Xor(key, nonce), c1, c0, c1, Xor(key, nonce), Xor(key, c0), Xor(key, c1), Xor(key, c0)};
    for (int i = 0; i < 10; i++) Update(nonce, key);
  }

  void Update(const Block& m0, const Block& m1) {
    s = {AesRound(s[7], Xor(s[0], m0)), AesRound(s[0], s[1]), AesRound(s[1], s[2]), AesRound(s[2], s[3]),
         AesRound(s[3], Xor(s[4], m1)), AesRound(s[4], s[5]), AesRound(s[5], s[6]), AesRound(s[6], s[7])};
  }

  void Absorb(const uint8_t* header, size_t bytes) {
    for (size_t at = 0; at < bytes; at += 32)
      Update(From(header + at, bytes - at), From(header + at + 16, bytes - at < 16 ? 0 : bytes - at - 16));
  }

  // In place; `seals` false deciphers.
  void Crypt(uint8_t* text, size_t bytes, bool seals) {
    for (size_t at = 0; at < bytes; at += 32) {
      const size_t length = bytes - at < 32 ? bytes - at : 32;
      uint8_t in[32] = {}, out[32];
      std::memcpy(in, text + at, length);
      const Block z0 = Xor(Xor(s[6], s[1]), And(s[2], s[3]));
      const Block z1 = Xor(Xor(s[2], s[5]), And(s[6], s[7]));
      for (size_t i = 0; i < 32; i++) out[i] = in[i] ^ (i < 16 ? z0[i] : z1[i - 16]);
      std::memset(out + length, 0, 32 - length);
      const uint8_t* const plain = seals ? in : out;
      Update(From(plain, 16), From(plain + 16, 16));
      std::memcpy(text + at, out, length);
    }
  }

  void Finish(uint64_t header_bytes, uint64_t text_bytes, uint8_t* tag, size_t tag_bytes) {
    Block t;
    for (size_t i = 0; i < 8; i++) {
      t[i] = static_cast<uint8_t>(8 * header_bytes >> (8 * i));
      t[8 + i] = static_cast<uint8_t>(8 * text_bytes >> (8 * i));
    }
    t = Xor(t, s[2]);
    for (int i = 0; i < 7; i++) Update(t, t);
    Block low = Xor(Xor(s[0], s[1]), Xor(s[2], s[3])), high = Xor(Xor(s[4], s[5]), s[6]);
    if (tag_bytes == 16) low = Xor(low, high);
    high = Xor(high, s[7]);
    std::memcpy(tag, low.data(), 16);
    if (tag_bytes == 32) std::memcpy(tag + 16, high.data(), 16);
  }

  // At most 16 bytes, zero-padded.
  static Block From(const uint8_t* bytes, size_t length) {
    Block block{};
    if (length > 0) std::memcpy(block.data(), bytes, length < 16 ? length : 16);
    return block;
  }

  std::array<Block, 8> s;
};

inline void SoftSeal(const uint8_t* key, const uint8_t* nonce, const uint8_t* header, size_t header_bytes,
                     uint8_t* text, size_t text_bytes, uint8_t* tag, size_t tag_bytes) {
  SoftAegis128L soft(key, nonce);
  soft.Absorb(header, header_bytes);
  soft.Crypt(text, text_bytes, true);
  soft.Finish(header_bytes, text_bytes, tag, tag_bytes);
}

}  // namespace pfs::test
