// send_plane.cc: see send_plane.h.

#include "udp/send_plane.h"

#include <algorithm>

namespace pfs::udp {
namespace {

// Walks payload that lies in several places.
class Gather {
 public:
  explicit Gather(std::span<const std::span<const uint8_t>> parts) noexcept : parts_(parts) {}

  void Take(uint8_t* target, size_t bytes) noexcept {
    while (bytes > 0) {
      const std::span<const uint8_t> part = parts_[index_];
      const size_t count = std::min(bytes, part.size() - at_);
      std::memcpy(target, part.data() + at_, count);
      target += count;
      bytes -= count;
      at_ += count;
      if (at_ < part.size()) continue;
      index_++;
      at_ = 0;
    }
  }

 private:
  std::span<const std::span<const uint8_t>> parts_;
  size_t index_ = 0;
  size_t at_ = 0;
};

}  // namespace

size_t TrainPlan::WireBytes() const noexcept {
  const size_t payload_max = kDatagramBytesMax - kDataOverheadBytes;
  if (path >= kPathsMax || packets == 0 || payload_bytes == 0 || payload_bytes > payload_max) return 0;
  const size_t before_last = size_t{packets - 1} * payload_bytes;
  if (length_bytes <= before_last || length_bytes > before_last + payload_bytes) return 0;
  if (offset + length_bytes > kOffsetMax || first_number + packets - 1 > kNumberMax) return 0;
  return length_bytes + packets * kDataOverheadBytes;
}

void SendPlane::SetDestination(std::span<const uint8_t, kIdBytes> id) noexcept {
  std::copy(id.begin(), id.end(), destination_);
}

void SendPlane::UseKeys(uint32_t phase, std::unique_ptr<aead::Cipher> cipher) noexcept {
  phase_ = phase;
  cipher_ = std::move(cipher);
}

bool SendPlane::SealTrain(const TrainPlan& plan, std::span<const std::span<const uint8_t>> parts,
                          uint8_t* target) noexcept {
  size_t given = 0;
  for (const auto& part : parts) given += part.size();
  if (plan.WireBytes() == 0 || given != plan.length_bytes || !cipher_) return false;
  const size_t packet_bytes = plan.payload_bytes + kDataOverheadBytes;
  Gather payload(parts);
  uint64_t offset = plan.offset;
  size_t left = plan.length_bytes;
  uint8_t* packet = target;
  for (uint32_t i = 0; i < plan.packets; i++, packet += packet_bytes) {
    const size_t bytes = std::min(left, plan.payload_bytes);
    WriteHeader(packet, kDataType, phase_, destination_, plan.path, plan.first_number + i);
    WriteDataPrefix(packet + kHeaderBytes, plan.stream, offset);
    payload.Take(packet + kHeaderBytes + kDataPrefixBytes, bytes);
    offset += bytes;
    left -= bytes;
  }
  const size_t last_payload = plan.length_bytes - size_t{plan.packets - 1} * plan.payload_bytes;
  const aead::Train train = {
      .packets = target,
      .stride_bytes = packet_bytes,
      .packet_bytes = packet_bytes,
      .last_packet_bytes = last_payload + kDataOverheadBytes,
      .count = plan.packets,
      .path = plan.path,
      .first_number = plan.first_number,
  };
  cipher_->SealTrain(train, kHeaderBytes);
  return true;
}

void SendPlane::SealFrames(uint8_t path, uint64_t number, std::span<uint8_t> packet) noexcept {
  WriteHeader(packet.data(), kFramesType, phase_, destination_, path, number);
  const aead::Train train = {
      .packets = packet.data(),
      .stride_bytes = packet.size(),
      .packet_bytes = packet.size(),
      .last_packet_bytes = packet.size(),
      .count = 1,
      .path = path,
      .first_number = number,
  };
  cipher_->SealTrain(train, kHeaderBytes);
}

}  // namespace pfs::udp
