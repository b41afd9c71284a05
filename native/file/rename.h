// rename.h: moves below held directories, over what is there or not.
//
// Knows paths as bytes. Links are moved and replaced themselves.

#pragma once

#include "file/held.h"

namespace pfs::file {

// Both may be the same. EXDEV: another file system. EEXIST, unless it may replace: something is there.
//
// A file system without RENAME_NOREPLACE is served by a new name and the removal of the old one, which is as exact. Where
// that cannot be, for directories always, it is looked at first: a directory could then still take the place of an
// empty one that was made meanwhile, and a file on FAT that of a file.
Result Rename(Held& held, Path from, Held& other, Path to, bool may_replace, const System& system = Kernel()) noexcept;

}  // namespace pfs::file
