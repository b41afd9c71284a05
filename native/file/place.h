// place.h: names and what belongs to a name: opening below a directory and nowhere else, times, the lock of a file.
//
// Knows paths as bytes. No path from outside can lead out: not by "..", not by a link at any place, not by a mount of
// /proc.

#pragma once

#include "file/system.h"

namespace pfs::file {

// Opens or creates `path` below `directory` (flags of open(2); O_CLOEXEC and O_NOFOLLOW are added). `count` is the
// descriptor. EXDEV, ELOOP, ENOTDIR: it would have led elsewhere. Directories on the way must be there.
Result OpenBeneath(int directory, const char* path, int flags, mode_t mode, const System& system = Kernel()) noexcept;

// May something else be mounted on the way?
enum class Mounts { kAny, kNone };
// The directory at `path`, opened with O_PATH or O_RDONLY. ELOOP: a component is a link, the last included; ENOTDIR: it is
// no directory; EXDEV: it is of another mount, where none may be. A kernel without openat2 takes a mount of the same device
// for none.
Result OpenDirectoryBeneath(int directory, const char* path, int flags, Mounts mounts,
                            const System& system = Kernel()) noexcept;

// Nanoseconds since 1970, before it too: seconds that may be negative, and 0 to 999,999,999.
struct FileTime {
  int64_t seconds = 0;
  uint32_t nanos = 0;
};
Result SetTimes(int fd, FileTime accessed, FileTime modified) noexcept;

// Takes the file's lock without waiting. EWOULDBLOCK: someone has it. It goes with the last descriptor of this opening.
Result LockExclusive(int fd, const System& system = Kernel()) noexcept;

}  // namespace pfs::file
