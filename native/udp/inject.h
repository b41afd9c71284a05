// inject.h: faults on order, so that tests meet what kernels seldom do. Inert until a test arms it:
// one comparison a call.

#pragma once

#include <array>
#include <cstdint>

namespace pfs::udp {

enum class Call : uint8_t { kSendGso = 0, kSendMmsg = 1, kSendMsg = 2, kReceive = 3 };
inline constexpr uint32_t kCalls = 4;

// The next `times` calls of one kind fail with `error`; with error 0, sendmmsg takes only the first `taken`
// datagrams.
struct Fault {
  uint32_t times = 0;
  int error = 0;
  uint32_t taken = 0;
};

class Faults {
 public:
  void Set(Call call, Fault fault) noexcept {
    faults_[static_cast<size_t>(call)] = fault;
    is_armed_ = true;
  }

  // Null: the call goes to the kernel.
  const Fault* Next(Call call) noexcept {
    if (!is_armed_) [[likely]]
      return nullptr;
    Fault& fault = faults_[static_cast<size_t>(call)];
    if (fault.times == 0) return nullptr;
    fault.times--;
    return &fault;
  }

 private:
  bool is_armed_ = false;
  std::array<Fault, kCalls> faults_;
};

}  // namespace pfs::udp
