// send_plane.h: trains and FRAMES packets of one connection: headers written, payload gathered, all of it sealed.
//
// Knows packets and one direction's key; does not know sockets, streams' meaning or time. The twin of the sealing half of
// src/proto/plane/portable.ts. PROTOCOL.md §4, §6.3.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "aead/aead.h"
#include "udp/packet.h"

namespace pfs::udp {

// Consecutive packets of one literal stream: packet first_number + i carries payload_bytes from offset + i * payload_bytes.
struct TrainPlan {
  uint8_t path;
  uint64_t first_number;
  uint32_t packets;
  uint16_t stream;
  uint64_t offset;
  size_t length_bytes;   // all payload; only the last packet may carry less than payload_bytes
  size_t payload_bytes;

  // What the packets need in memory; 0 when the fields contradict each other.
  size_t WireBytes() const noexcept;
};

class SendPlane {
 public:
  void SetDestination(std::span<const uint8_t, kIdBytes> id) noexcept;
  // From now on seal with this; the phase's low bit goes on the wire.
  void UseKeys(uint32_t phase, std::unique_ptr<aead::Cipher> cipher) noexcept;
  bool HasKeys() const noexcept { return cipher_ != nullptr; }

  // The packets stand one after another in `target`, plan.WireBytes() of them. `parts` are the payload in order, together
  // exactly plan.length_bytes. False when they are not: nothing is sealed then.
  bool SealTrain(const TrainPlan& plan, std::span<const std::span<const uint8_t>> parts, uint8_t* target) noexcept;
  // `packet` holds room for the header, the frames, and room for the tag.
  void SealFrames(uint8_t path, uint64_t number, std::span<uint8_t> packet) noexcept;

 private:
  std::unique_ptr<aead::Cipher> cipher_;
  uint32_t phase_ = 0;
  uint8_t destination_[kIdBytes] = {};
};

}  // namespace pfs::udp
