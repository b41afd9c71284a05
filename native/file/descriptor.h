// descriptor.h: a file descriptor that is closed with its owner.
//
// Knows nothing of what is behind it.

#pragma once

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace pfs::file {

class Descriptor {
 public:
  Descriptor() noexcept = default;
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) Become(std::exchange(other.fd_, -1));
    return *this;
  }

  bool IsOpen() const noexcept { return fd_ >= 0; }
  int Get() const noexcept { return fd_; }
  int Release() noexcept { return std::exchange(fd_, -1); }
  void Become(int fd) noexcept {
    Close();
    fd_ = fd;
  }

  // 0, or the errno by which a network's file system tells of writes that it has lost.
  int Close() noexcept {
    const int fd = Release();
    return fd >= 0 && ::close(fd) != 0 && errno != EINTR ? errno : 0;
  }

 private:
  int fd_ = -1;
};

}  // namespace pfs::file
