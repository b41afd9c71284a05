// confined.h: one call for each thing that is done below a held directory, and never outside.
//
// Knows paths as bytes, judged here. No link is followed at any component, the last included. `error` is one of Broken,
// or an errno. What moves is in rename.h, what goes in remove.h.

#pragma once

#include <optional>

#include "file/entry.h"
#include "file/held.h"
#include "file/place.h"

namespace pfs::file {

Result Stat(Held& held, Path path, Entry& entry, const System& system = Kernel()) noexcept;
// Adds names (PutName) of the held directory, or of one below it.
Result ListNames(Held& held, std::optional<Path> path, std::vector<uint8_t>& names,
                 const System& system = Kernel()) noexcept;
// Replaces `text`.
Result ReadLink(Held& held, Path path, std::vector<uint8_t>& text, const System& system = Kernel()) noexcept;

Result MakeDirectory(Held& held, Path path, mode_t mode, const System& system = Kernel()) noexcept;
// `count` is the descriptor, for reading and writing.
Result Create(Held& held, Path path, mode_t mode, const System& system = Kernel()) noexcept;
// The same of a regular file that is there. EISDIR, EINVAL: it is something else, and nothing waited for it.
Result OpenFile(Held& held, Path path, bool writes, const System& system = Kernel()) noexcept;
Result MakeLink(Held& held, Path text, Path path, const System& system = Kernel()) noexcept;
// Another name for a regular file.
Result AddName(Held& held, Path existing, Path path, const System& system = Kernel()) noexcept;

// Of anything but a link.
Result SetMode(Held& held, Path path, mode_t mode, const System& system = Kernel()) noexcept;
// Of a link itself, too.
Result SetOwner(Held& held, Path path, uid_t user, gid_t group, const System& system = Kernel()) noexcept;
Result SetModified(Held& held, Path path, FileTime modified, const System& system = Kernel()) noexcept;

}  // namespace pfs::file
