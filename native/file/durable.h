// durable.h: getting written bytes to the disk: early, so that nobody waits for them later, and for certain.
//
// Knows descriptors.

#pragma once

#include <span>

#include "file/system.h"

namespace pfs::file {

// Everything written to these files is on the disk. All are started before the first is waited for. `count` is how
// many are; after a fault the others are synced all the same, and the first errno is kept.
Result SyncGroup(std::span<const int> fds, bool data_only, const System& system = Kernel()) noexcept;

// Sends what is dirty of the range to the disk. Promises nothing. May wait for room in the disk's queue, so a thread
// that must not wait has another one do it.
Result StartWriteback(int fd, uint64_t offset, uint64_t bytes, const System& system = Kernel()) noexcept;

// What the system may expect, or forget: POSIX_FADV_*.
Result Advise(int fd, uint64_t offset, uint64_t bytes, int advice) noexcept;

}  // namespace pfs::file
