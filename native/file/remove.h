// remove.h: taking away what is below a held directory: one thing, or a tree of any depth.
//
// Knows paths as bytes. Links are taken away, never followed. Neither the stack nor the number of descriptors grows with
// the depth of a tree.

#pragma once

#include "file/held.h"

namespace pfs::file {

// A file, a link, or an empty directory.
Result Remove(Held& held, Path path, const System& system = Kernel()) noexcept;

// It and all below it, until the first fault. Nothing there is none. EBUSY: another file system is mounted in it, of which
// nothing is taken away.
Result RemoveTree(Held& held, Path path, const System& system = Kernel()) noexcept;

}  // namespace pfs::file
