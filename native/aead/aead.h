// aead.h: packet ciphers: keyed once, then packet by packet or a whole train per call, in place.
//
// Knows packets as header | plaintext | tag and nonces; knows no Node, no sockets and no meaning of the
// header. PROTOCOL.md §6.3. A Sealer or Opener belongs to one thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace pfs::aead {

inline constexpr size_t kTagBytes = 16;
// The longest nonce of any suite; a packet's is iv XOR (path ‖ number) in its last 12 bytes, §6.3-2.
inline constexpr size_t kNonceBytesMax = 16;

enum class Suite : uint8_t { kAes256Gcm = 0x01, kChaChaPoly = 0x02, kAegis128L = 0x03 };

// True when this machine and this node can do it fast enough to be offered.
bool HasSuite(Suite suite) noexcept;
// What does it here, in one word for `pfs doctor`; "none" where HasSuite is false.
const char* Kernel(Suite suite) noexcept;
size_t KeyBytes(Suite suite) noexcept;
size_t NonceBytes(Suite suite) noexcept;

// Packets of equal distance in memory: packet i begins at packets + i * stride_bytes; all but the last have
// `packet_bytes`, the last has `last_packet_bytes`; both count header and tag. Numbers run on from
// first_number.
struct Train {
  uint8_t* packets;
  size_t stride_bytes;
  size_t packet_bytes;
  size_t last_packet_bytes;
  uint32_t count;
  uint32_t path;
  uint64_t first_number;
};

class Cipher {
 public:
  virtual ~Cipher() = default;
  // Seals every packet of the train in place: header_bytes are authenticated, what follows up to the tag is
  // encrypted. A count of 0 is none; packets are not shorter than header and tag.
  virtual void SealTrain(const Train& train, size_t header_bytes) noexcept = 0;
  // One packet under a nonce (NonceBytes) that the caller has made: for who does its own numbering, and for
  // vectors.
  virtual void SealWith(const uint8_t* nonce, uint8_t* packet, size_t packet_bytes,
                        size_t header_bytes) noexcept = 0;
  virtual bool OpenWith(const uint8_t* nonce, uint8_t* packet, size_t packet_bytes,
                        size_t header_bytes) noexcept = 0;
  // Opens one packet in place. False: forged or shorter than header and tag, and the bytes behind the header
  // are zeroed.
  virtual bool Open(uint8_t* packet, size_t packet_bytes, size_t header_bytes, uint32_t path,
                    uint64_t number) noexcept = 0;
  // Opens many packets of one key: opened[i] says whether the i-th is authentic. Default: one after the
  // other. Neighbours of one size are quicker; no two may overlap.
  struct Sealed {
    uint8_t* packet;
    size_t packet_bytes;
    uint64_t number;
  };
  virtual void OpenMany(const Sealed* packets, size_t count, size_t header_bytes, uint32_t path,
                        bool* opened) noexcept;
};

// Copies key (KeyBytes) and iv (NonceBytes). Null where HasSuite is false.
std::unique_ptr<Cipher> MakeCipher(Suite suite, const uint8_t* key, const uint8_t* iv) noexcept;

}  // namespace pfs::aead
