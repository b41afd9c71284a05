#include "tun.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace pfs::emulator {

namespace {

// UDP super-packets, which headers of Linux before 6.2 do not have.
constexpr unsigned kUso4 = 0x20;
constexpr unsigned kUso6 = 0x40;

std::string Why(const std::string& what) { return what + ": " + std::strerror(errno); }

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// Both kinds of super-packets, or TCP's, which every kernel of the last fifteen years knows.
bool SetOffload(int fd) noexcept {
  const unsigned tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
  return ioctl(fd, TUNSETOFFLOAD, tcp | kUso4 | kUso6) == 0 || ioctl(fd, TUNSETOFFLOAD, tcp) == 0;
}

bool SetMtu(const std::string& device, int mtu_bytes) noexcept {
  const Descriptor any(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  device.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_mtu = mtu_bytes;
  return ioctl(any.get(), SIOCSIFMTU, &request) == 0;
}

}  // namespace

Tun::~Tun() {
  if (fd_ >= 0) close(fd_);
}

bool Tun::Open(const TunPlace& place, int mtu_bytes, bool is_plain, std::string& complaint) {
  const Descriptor home(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!place.space.empty()) {
    const std::string path = "/run/netns/" + place.space;
    const Descriptor there(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (there.get() < 0 || setns(there.get(), CLONE_NEWNET) != 0) {
      complaint = Why(path);
      return false;
    }
  }
  fd_ = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ifreq request{};
  place.device.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
  bool is_open = false;
  if (fd_ < 0) complaint = Why("/dev/net/tun");
  else if (ioctl(fd_, TUNSETIFF, &request) != 0) complaint = Why("making " + place.device);
  else if (!is_plain && !SetOffload(fd_)) complaint = Why("offload of " + place.device);
  else if (!SetMtu(place.device, mtu_bytes)) complaint = Why("the MTU of " + place.device);
  else is_open = true;
  if (setns(home.get(), CLONE_NEWNET) != 0) {
    complaint = Why("the way back from " + place.space);
    return false;
  }
  return is_open;
}

size_t Tun::Read(std::span<uint8_t> into) noexcept {
  const ssize_t bytes = read(fd_, into.data(), into.size());
  return bytes > 0 ? static_cast<size_t>(bytes) : 0;
}

bool Tun::Write(std::span<const uint8_t> headers, std::span<const uint8_t> payload) noexcept {
  const iovec pieces[2] = {{const_cast<uint8_t*>(headers.data()), headers.size()},
                           {const_cast<uint8_t*>(payload.data()), payload.size()}};
  return writev(fd_, pieces, payload.empty() ? 1 : 2) >= 0;
}

}  // namespace pfs::emulator
