// aead_test.cc: packet ciphers against published vectors, every kernel of this machine, trains, forgeries.
//
//   g++ -std=c++20 -O3 -Inative native/test/aead_test.cc native/aead/*.cc native/base/*.cc -Wl,--no-as-needed -lcrypto
// (aead/openssl.h is weak, so the linker would leave libcrypto out.) Without it OpenSSL's ciphers are
// skipped, and said to be: for qemu, aarch64-linux-gnu-g++ -static …

#include <cstdio>
#include <cstring>

#include "aead/aead.h"
#include "aead/aegis128l.h"
#include "aead/aegis_cipher.h"
#include "aead/nonce.h"
#include "base/cpu.h"
#include "test/aead_support.h"
#include "test/aegis128l_soft.h"

namespace {

using namespace pfs::aead;
using pfs::test::Bytes;
using pfs::test::Chance;
using pfs::test::Hex;
using pfs::test::Join;

int failures = 0;

void Check(bool good, const char* what, size_t detail = 0) {
  if (good) return;
  failures++;
  std::printf("FAILED %s (%zu)\n", what, detail);
}

struct AegisVector {
  const char *key, *nonce, *header, *text, *sealed, *tag128, *tag256;
};

// draft-irtf-cfrg-aegis-aead-18, appendix A.2: those that open …
constexpr AegisVector kGood[] = {
    {"10010000000000000000000000000000", "10000200000000000000000000000000", "", "00000000000000000000000000000000",
     "c1c0e58bd913006feba00f4b3cc3594e", "abe0ece80c24868a226a35d16bdae37a",
     "25835bfbb21632176cf03840687cb968cace4617af1bd0f7d064c639a5c79ee4"},
    {"10010000000000000000000000000000", "10000200000000000000000000000000", "", "", "",
     "c2b879a67def9d74e6c14f708bbcc9b4", "1360dc9db8ae42455f6e5b6a9d488ea4f2184c4e12120249335c4ee84bafe25d"},
    {"10010000000000000000000000000000", "10000200000000000000000000000000", "0001020304050607",
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
     "79d94593d8c2119d7e8fd9b8fc77845c5c077a05b2528b6ac54b563aed8efe84", "cc6f3372f6aa1bb82388d695c3962d9a",
     "022cb796fe7e0ae1197525ff67e309484cfbab6528ddef89f17d74ef8ecd82b3"},
    {"10010000000000000000000000000000", "10000200000000000000000000000000", "0001020304050607",
     "000102030405060708090a0b0c0d", "79d94593d8c2119d7e8fd9b8fc77", "5c04b3dba849b2701effbe32c7f0fab7",
     "86f1b80bfb463aba711d15405d094baf4a55a15dbfec81a76f35ed0b9c8b04ac"},
    {"10010000000000000000000000000000", "10000200000000000000000000000000",
     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20212223242526272829",
     "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637",
     "b31052ad1cca4e291abcf2df3502e6bdb1bfd6db36798be3607b1f94d34478aa7ede7f7a990fec10",
     "7542a745733014f9474417b337399507", "b91e2947a33da8bee89b6794e647baf0fc835ff574aca3fc27c33be0db2aff98"},
};
// … and those that must not.
constexpr AegisVector kForged[] = {
    {"10000200000000000000000000000000", "10010000000000000000000000000000", "0001020304050607", "",
     "79d94593d8c2119d7e8fd9b8fc77", "5c04b3dba849b2701effbe32c7f0fab7",
     "86f1b80bfb463aba711d15405d094baf4a55a15dbfec81a76f35ed0b9c8b04ac"},
    {"10010000000000000000000000000000", "10000200000000000000000000000000", "0001020304050607", "",
     "79d94593d8c2119d7e8fd9b8fc78", "5c04b3dba849b2701effbe32c7f0fab7",
     "86f1b80bfb463aba711d15405d094baf4a55a15dbfec81a76f35ed0b9c8b04ac"},
    {"10010000000000000000000000000000", "10000200000000000000000000000000", "0001020304050608", "",
     "79d94593d8c2119d7e8fd9b8fc77", "5c04b3dba849b2701effbe32c7f0fab7",
     "86f1b80bfb463aba711d15405d094baf4a55a15dbfec81a76f35ed0b9c8b04ac"},
    {"10010000000000000000000000000000", "10000200000000000000000000000000", "0001020304050607", "",
     "79d94593d8c2119d7e8fd9b8fc77", "6c04b3dba849b2701effbe32c7f0fab8",
     "86f1b80bfb463aba711d15405d094baf4a55a15dbfec81a76f35ed0b9c8b04ad"},
};

void AegisSoft() {
  // appendix A.1.2, one update of a state
  const char* const before[8] = {"9b7e60b24cc873ea894ecc07911049a3", "330be08f35300faa2ebf9a7b0d274658",
                                 "7bbd5bd2b049f7b9b515cf26fbe7756c", "c35a00f55ea86c3886ec5e928f87db18",
                                 "9ebccafce87cab446396c4334592c91f", "58d83e31f256371e60fc6bb257114601",
                                 "1639b56ea322c88568a176585bc915de", "640818ffb57dc0fbc2e72ae93457e39a"};
  const char* const after[8] = {"596ab773e4433ca0127c73f60536769d", "790394041a3d26ab697bde865014652d",
                                "38cf49e4b65248acd533041b64dd0611", "16d8e58748f437bfff1797f780337cee",
                                "69761320f7dd738b281cc9f335ac2f5a", "a21746bb193a569e331e1aa985d0d729",
                                "09d714e6fcf9177a8ed1cde7e3d259a6", "61279ba73167f0ab76f0a11bf203bdff"};
  const Bytes zeros(16);
  pfs::test::SoftAegis128L soft(zeros.data(), zeros.data());
  for (size_t i = 0; i < 8; i++) soft.s[i] = soft.From(Hex(before[i]).data(), 16);
  const pfs::test::Block m = soft.From(Hex("033e6975b94816879e42917650955aa0").data(), 16);
  soft.Update(m, m);
  for (size_t i = 0; i < 8; i++) Check(soft.s[i] == soft.From(Hex(after[i]).data(), 16), "update vector", i);
  for (const AegisVector& v : kGood)
    for (const size_t tag_bytes : {16, 32}) {
      const Bytes header = Hex(v.header);
      Bytes text = Hex(v.text), tag(tag_bytes);
      pfs::test::SoftSeal(Hex(v.key).data(), Hex(v.nonce).data(), header.data(), header.size(), text.data(),
                          text.size(), tag.data(), tag_bytes);
      Check(text == Hex(v.sealed) && tag == Hex(tag_bytes == 16 ? v.tag128 : v.tag256), "soft", tag_bytes);
    }
  std::printf("aegis-128l soft: draft vectors\n");
}

void AegisSingle() {
  if (aegis128l::Single() == nullptr) {
    std::printf("aegis-128l: no AES instructions, skipped\n");
    return;
  }
  for (const size_t tag_bytes : {16, 32}) {
    for (const AegisVector& v : kGood) {
      const Bytes key = Hex(v.key), nonce = Hex(v.nonce), header = Hex(v.header), plain = Hex(v.text);
      Bytes text = plain, tag(tag_bytes);
      aegis128l::Seal(key.data(), nonce.data(), header.data(), header.size(), text.data(), text.size(), tag.data(),
                      tag_bytes);
      Check(text == Hex(v.sealed) && tag == Hex(tag_bytes == 16 ? v.tag128 : v.tag256), "seal vector", tag_bytes);
      Check(aegis128l::Open(key.data(), nonce.data(), header.data(), header.size(), text.data(), text.size(),
                            tag.data(), tag_bytes) &&
                text == plain,
            "open vector", tag_bytes);
    }
    for (const AegisVector& v : kForged) {
      const Bytes header = Hex(v.header), tag = Hex(tag_bytes == 16 ? v.tag128 : v.tag256);
      Bytes text = Hex(v.sealed);
      Check(!aegis128l::Open(Hex(v.key).data(), Hex(v.nonce).data(), header.data(), header.size(), text.data(),
                             text.size(), tag.data(), tag_bytes) &&
                text == Bytes(text.size()),
            "forged vector", tag_bytes);
    }
  }
  std::printf("aegis-128l %s: draft vectors, both tags\n", aegis128l::Single()->name);
}

struct PacketVector {
  Suite suite;
  const char *key, *nonce, *header, *plain, *sealed, *tag;
};

constexpr PacketVector kPackets[] = {
    // McGrew and Viega, "The Galois/Counter Mode of Operation", test cases 13, 14 and 16
    {Suite::kAes256Gcm, "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {Suite::kAes256Gcm, "0000000000000000000000000000000000000000000000000000000000000000",
     "000000000000000000000000", "", "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18",
     "d0d1c8a799996bf0265b98b5d48ab919"},
    {Suite::kAes256Gcm, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525"
     "b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
     "c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
    // RFC 8439 §2.8.2
    {Suite::kChaChaPoly, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
     "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f"
     "756c64206f6666657220796f75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e736372"
     "65656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a"
     "71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4"
     "def08e4b7a9de576d26586cec64b6116",
     "1ae10b594f09e26a7e902ecbd0600691"},
    // the draft's, as a packet
    {Suite::kAegis128L, kGood[4].key, kGood[4].nonce, kGood[4].header, kGood[4].text, kGood[4].sealed,
     kGood[4].tag128},
};

void Packets() {
  for (const PacketVector& v : kPackets) {
    const Bytes key = Hex(v.key), nonce = Hex(v.nonce), header = Hex(v.header);
    const Bytes plain = Join(Join(header, Hex(v.plain)), Bytes(kTagBytes));
    const Bytes sealed = Join(Join(header, Hex(v.sealed)), Hex(v.tag));
    const std::unique_ptr<Cipher> cipher = MakeCipher(v.suite, key.data(), nonce.data());
    if (!cipher) {
      std::printf("suite %d is not there, skipped\n", static_cast<int>(v.suite));
      continue;
    }
    // packet 0 of path 0 has the iv for its nonce; sealed and opened by turns, so that neither upsets the
    // other
    for (int round = 0; round < 2; round++) {
      Bytes packet = plain;
      cipher->SealTrain({packet.data(), packet.size(), packet.size(), packet.size(), 1, 0, 0}, header.size());
      Check(packet == sealed, "packet sealed", static_cast<size_t>(v.suite));
      Check(cipher->Open(packet.data(), packet.size(), header.size(), 0, 0), "packet opened");
      Check(std::memcmp(packet.data(), plain.data(), packet.size() - kTagBytes) == 0, "packet's text");
      packet = sealed;
      Check(!cipher->Open(packet.data(), packet.size(), header.size(), 0, 1), "another number");
      for (size_t bytes = 0; bytes < header.size() + kTagBytes; bytes++)
        Check(!cipher->Open(packet.data(), bytes, header.size(), 0, 0), "too short", bytes);
    }
  }
  std::printf("packets: GCM, RFC 8439 and draft vectors\n");
}

void Nonces() {
  const Bytes iv = Hex("000102030405060708090a0b0c0d0e0f");
  uint8_t nonce[16];
  WriteNonce(nonce, iv.data(), 16, 0x01020304, 0x05060708090a0b0cu);
  Bytes expected = iv;
  for (uint8_t i = 0; i < 12; i++) expected[4u + i] ^= static_cast<uint8_t>(i + 1);
  Check(Bytes(nonce, nonce + 16) == expected, "nonce of 16 bytes");
  WriteNonce(nonce, iv.data(), 12, 0x01020304, 0x05060708090a0b0cu);
  expected.assign(iv.begin(), iv.begin() + 12);
  for (uint8_t i = 0; i < 12; i++) expected[i] ^= static_cast<uint8_t>(i + 1);
  Check(Bytes(nonce, nonce + 12) == expected, "nonce of 12 bytes");
  std::printf("nonces\n");
}

// A train of every count, with a short last packet and without, equals packets sealed one by one; and opens
// by OpenMany, which tells the forged ones from the rest.
void Trains(const char* name, Cipher& cipher) {
  Chance chance(7);
  constexpr size_t kHeader = 14;
  for (uint32_t count = 1; count <= 64; count += count < 12 ? 1 : 13)
    for (const size_t bytes : {30, 31, 62, 100, 1200}) {
      const size_t last = count % 2 == 0 ? bytes : 30;
      const size_t stride = bytes + count % 3;
      Bytes train = chance.Some(stride * count);
      const Bytes before = train;
      Bytes singles = train;
      const uint64_t first = (uint64_t{1} << 32) - 3;
      cipher.SealTrain({train.data(), stride, bytes, last, count, 5, first}, kHeader);
      std::vector<Cipher::Sealed> sealed;
      for (uint32_t i = 0; i < count; i++) {
        const size_t size = i + 1 == count ? last : bytes;
        uint8_t* const packet = singles.data() + i * stride;
        cipher.SealTrain({packet, size, size, size, 1, 5, first + i}, kHeader);
        sealed.push_back({train.data() + i * stride, size, first + i});
      }
      Check(train == singles, "train equals its packets", count);
      const size_t forged = chance.Below(count);
      sealed[forged].packet[chance.Below(sealed[forged].packet_bytes)] ^= 0x10;
      bool opened[64];
      cipher.OpenMany(sealed.data(), count, kHeader, 5, opened);
      for (uint32_t i = 0; i < count; i++) {
        const size_t text = sealed[i].packet_bytes - kHeader - kTagBytes;
        Check(opened[i] == (i != forged), "opened", i);
        const Bytes expected = opened[i] ? Bytes(before.data() + i * stride + kHeader,
                                                 before.data() + i * stride + kHeader + text)
                                         : Bytes(text);
        Check(Bytes(sealed[i].packet + kHeader, sealed[i].packet + kHeader + text) == expected, "text", i);
      }
    }
  std::printf("trains: %s\n", name);
}

void AllTrains() {
  Chance chance(3);
  const Bytes key = chance.Some(32), iv = chance.Some(kNonceBytesMax);
  for (const Suite suite : {Suite::kAes256Gcm, Suite::kChaChaPoly})
    if (const auto cipher = MakeCipher(suite, key.data(), iv.data()))
      Trains(suite == Suite::kAes256Gcm ? "aes-256-gcm" : "chacha20-poly1305", *cipher);
  std::vector<const aegis128l::Kernels*> kernels;
#if defined(__x86_64__)
  if (pfs::ThisCpu().aes) kernels.push_back(&aegis128l::kAesNi);
  if (pfs::ThisCpu().vaes) kernels.push_back(&aegis128l::kVaes256);
  if (pfs::ThisCpu().vaes && pfs::ThisCpu().avx512) kernels.push_back(&aegis128l::kVaes512);
#elif defined(__aarch64__)
  if (pfs::ThisCpu().aes) kernels.push_back(&aegis128l::kArmv8);
#endif
  for (const aegis128l::Kernels* kernel : kernels) {
    AegisCipher cipher(*kernel, *aegis128l::Single(), key.data(), iv.data());
    Trains(kernel->name, cipher);
  }
}

}  // namespace

int main() {
  AegisSoft();
  AegisSingle();
  Packets();
  Nonces();
  AllTrains();
  std::printf(failures == 0 ? "ok\n" : "%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
