// receive_plane.h: runs of datagrams opened, checked for replay, their payload put where it belongs, and said in ranges.
//
// Knows packets, one direction's keys and windows; does not know sockets, frames, streams' meaning or time. The twin of the
// opening half of src/proto/plane/portable.ts. Nothing here trusts a byte before its tag, and nothing allocates what a peer
// asks for: streams and slabs come from the owner alone. PROTOCOL.md §4, §6.3 to §6.5, §8.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "aead/aead.h"
#include "udp/packet.h"
#include "udp/replay.h"
#include "udp/report.h"

namespace pfs::udp {

// Gives the memory in which a slab of a stream is gathered, or null when it is no longer wanted.
class SlabSource {
 public:
  virtual uint8_t* Slab(uint16_t stream, uint64_t index) noexcept = 0;

 protected:
  ~SlabSource() = default;
};

class ReceivePlane {
 public:
  explicit ReceivePlane(size_t slab_bytes) noexcept : slab_bytes_(slab_bytes) {}

  // The first keys, or those of the phase after the present one; see PROTOCOL.md §6.5.
  void AddKeys(uint32_t phase, std::unique_ptr<aead::Cipher> cipher) noexcept;
  void ForgetKeys(uint32_t phase) noexcept;
  // Packets of so many paths are opened, at most kPathsMax; of one until this is said.
  void UsePaths(size_t count) noexcept;
  // Payload of the stream is welcome in [base, limit).
  void SetWindow(uint16_t stream, uint64_t base, uint64_t limit) noexcept;
  void ForgetStream(uint16_t stream) noexcept;
  // The slab's memory goes away.
  void DropSlab(uint16_t stream, uint64_t index) noexcept;

  // Opens in place up to kRunDatagramsMax datagrams of `segment_bytes` each (the last may be shorter) at bytes[0, length).
  // Returns how many bytes that was; `report` says what was in them, places as offsets from `bytes`.
  size_t Open(uint8_t* bytes, size_t length, size_t segment_bytes, const uint8_t* local_id, SlabSource& slabs,
              Report& report) noexcept;

 private:
  struct Phase {
    uint32_t phase;
    std::unique_ptr<aead::Cipher> cipher;
    // the lowest number of each path that opened in it: numbers below belong to the phase before
    uint64_t lowest[kPathsMax];
  };
  struct Slab {
    uint64_t index;
    uint8_t* memory;
  };
  struct Window {
    uint16_t stream;
    uint64_t base, limit;
    std::vector<Slab> slabs;
  };
  // Neighbours of one path under one key, to be opened together.
  struct Group {
    Phase* keys = nullptr;
    uint8_t path = 0;
    size_t count = 0;
    aead::Cipher::Sealed packets[kRunDatagramsMax];
  };

  Phase* KeysOf(uint32_t bit, uint8_t path, uint64_t number) noexcept;
  void OnOpened(Phase* keys, uint8_t path, uint64_t number) noexcept;
  void OpenGroup(Group& group, const uint8_t* bytes, SlabSource& slabs, Report& report) noexcept;
  void TakeData(const aead::Cipher::Sealed& packet, uint32_t phase, SlabSource& slabs, Report& report) noexcept;
  Window* WindowOf(uint16_t stream) noexcept;
  uint8_t* SlabOf(Window& window, uint64_t index, SlabSource& slabs) noexcept;
  void Write(Window& window, uint64_t offset, const uint8_t* from, size_t bytes, SlabSource& slabs) noexcept;

  const size_t slab_bytes_;
  size_t paths_ = 1;
  ReplayWindow replays_[kPathsMax];
  // the newest phase something opened in, the one before it, and the one that may come next
  std::unique_ptr<Phase> current_, previous_, next_;
  std::vector<std::unique_ptr<Window>> windows_;
  Window* latest_ = nullptr;
};

}  // namespace pfs::udp
