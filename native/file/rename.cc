// rename.cc: see rename.h.

#include "file/rename.h"

#include <linux/fs.h>

#include <cstdio>

namespace pfs::file {
namespace {

// How a file system says that it has no RENAME_NOREPLACE, and a sandbox or an old kernel that it has no renameat2.
bool IsRefusal(int error) noexcept { return error == EINVAL || error == ENOSYS || error == EPERM; }
// And that it has no second names, or not for this user.
bool IsNoSecondName(int error) noexcept { return error == EPERM || error == EOPNOTSUPP || error == EMLINK; }

int Look(const Spot& at, struct stat& found) noexcept {
  return ::fstatat(at.Directory(), at.Name(), &found, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
}

int Replace(const Spot& from, const Spot& to) noexcept {
  return ::renameat(from.Directory(), from.Name(), to.Directory(), to.Name()) == 0 ? 0 : errno;
}

int MoveInSteps(const Spot& from, const Spot& to, const System& system) noexcept {
  struct stat moved, found;
  if (const int error = Look(from, moved); error != 0) return error;
  if (!S_ISDIR(moved.st_mode)) {
    if (system.linkat(from.Directory(), from.Name(), to.Directory(), to.Name(), 0) == 0) {
      if (::unlinkat(from.Directory(), from.Name(), 0) == 0) return 0;
      const int error = errno;
      ::unlinkat(to.Directory(), to.Name(), 0);
      return error;
    }
    if (!IsNoSecondName(errno)) return errno;
  }
  const int error = Look(to, found);
  if (error == ENOENT) return Replace(from, to);
  return error == 0 ? EEXIST : error;
}

}  // namespace

Result Rename(Held& held, Path from, Held& other, Path to, bool may_replace, const System& system) noexcept {
  if (!IsBelow(to)) return {0, kMalformed};
  Spot source(held, Intent::kChange, system), target(other, Intent::kChange, system);
  if (const int error = source.Go(from); error != 0) return {0, error};
  if (const int error = target.Go(to); error != 0) return {0, error};
  if (may_replace) return {0, Replace(source, target)};
  if (system.renameat2(source.Directory(), source.Name(), target.Directory(), target.Name(), RENAME_NOREPLACE) == 0)
    return {};
  return {0, IsRefusal(errno) ? MoveInSteps(source, target, system) : errno};
}

}  // namespace pfs::file
