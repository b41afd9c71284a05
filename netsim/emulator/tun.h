// tun.h: a TUN device in a network namespace, made when it is opened and gone when it is closed. It gives and takes
// super-packets with partial checksums where the kernel lets it. Knows system calls; not what is in a packet.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace pfs::emulator {

struct TunPlace {
  std::string space;   // of `ip netns`; empty: where we are
  std::string device;
};

class Tun {
 public:
  Tun() = default;
  // Takes over something that is read and written in frames as a device is.
  explicit Tun(int fd) noexcept : fd_(fd) {}
  ~Tun();
  Tun(const Tun&) = delete;
  Tun& operator=(const Tun&) = delete;

  // Makes it, with super-packets unless `is_plain`, and leaves this thread in the namespace it was in. False: `complaint`
  // says what the kernel refused.
  bool Open(const TunPlace& place, int mtu_bytes, bool is_plain, std::string& complaint);

  int fd() const noexcept { return fd_; }

  // The bytes of one frame, virtio header first; 0: none waits, or the device is down.
  size_t Read(std::span<uint8_t> into) noexcept;
  // A frame in two pieces. False: the kernel did not take it.
  bool Write(std::span<const uint8_t> headers, std::span<const uint8_t> payload) noexcept;

 private:
  int fd_ = -1;
};

}  // namespace pfs::emulator
