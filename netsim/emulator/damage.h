// damage.h: one packet of a frame as a frame of its own, with one bit wrong.

#pragma once

#include "pool.h"
#include "random.h"

namespace pfs::emulator {

// Its checksum is complete, not left to the kernel, which would trust it. With `silently` it fits the wrong bit, so that
// only the application can notice; else UDP and TCP drop the packet. nullptr: no memory.
Frame* Damaged(Pool& pool, Frame& frame, uint32_t index, bool silently, Random& random) noexcept;

}  // namespace pfs::emulator
