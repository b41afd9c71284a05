// confined.cc: see confined.h.

#include "file/confined.h"

#include <cstdio>
#include <string>

#include "file/directory.h"

namespace pfs::file {
namespace {

// Goes to a path and makes the system call `call(directory, name)` there.
template <class Call>
Result At(Held& held, Path path, Intent intent, const System& system, const Call& call) noexcept {
  Spot spot(held, intent, system);
  if (const int error = spot.Go(path); error != 0) return {0, error};
  const ssize_t status = Uninterrupted([&] { return call(spot.Directory(), spot.Name()); });
  if (status < 0) return {0, errno};
  return {static_cast<uint64_t>(status), 0};
}

int Look(int directory, const char* name, struct stat& found) noexcept {
  return ::fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT);
}

// For kernels before 6.6. A descriptor that only names reaches fchmod by way of /proc; where that is not mounted, one that
// can read.
int SetModeByDescriptor(int directory, const char* name, mode_t mode) noexcept {
  const Descriptor named(::openat(directory, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat found;
  if (!named.IsOpen() || ::fstat(named.Get(), &found) != 0) return -1;
  if (S_ISLNK(found.st_mode)) {
    errno = ELOOP;
    return -1;
  }
  char text[40];
  std::snprintf(text, sizeof text, "/proc/self/fd/%d", named.Get());
  if (::chmod(text, mode) == 0) return 0;
  if (errno != ENOENT) return -1;
  const Descriptor real(::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  return real.IsOpen() ? ::fchmod(real.Get(), mode) : -1;
}

}  // namespace

Result Stat(Held& held, Path path, Entry& entry, const System& system) noexcept {
  struct stat found;
  const Result result = At(held, path, Intent::kLook, system,
                           [&](int directory, const char* name) { return Look(directory, name, found); });
  if (result.error == 0) entry = EntryOf(found);
  return result;
}

Result ListNames(Held& held, std::optional<Path> path, std::vector<uint8_t>& names, const System& system) noexcept {
  // never the held descriptor itself: where it reads is one place for all
  Result opened;
  if (!path) {
    opened = OpenDirectoryBeneath(held.Directory(), ".", O_RDONLY, Mounts::kAny, system);
  } else {
    Spot spot(held, Intent::kLook, system);
    if (const int error = spot.Go(*path); error != 0) return {0, error};
    opened = OpenDirectoryBeneath(spot.Directory(), spot.Name(), O_RDONLY, Mounts::kAny, system);
  }
  if (opened.error == ELOOP) return {0, kLink};
  if (opened.error == ENOTDIR) return {0, kNotDirectory};
  if (opened.error != 0) return opened;
  const Descriptor directory(static_cast<int>(opened.count));
  DirectoryReader reader(system);
  reader.Start(directory.Get());
  for (Listed listed; reader.Next(listed);) PutName(names, listed.name);
  return {0, reader.Error()};
}

Result ReadLink(Held& held, Path path, std::vector<uint8_t>& text, const System& system) noexcept {
  text.resize(kPathBytesMax + 1);
  const Result result = At(held, path, Intent::kLook, system, [&](int directory, const char* name) {
    return ::readlinkat(directory, name, reinterpret_cast<char*>(text.data()), text.size());
  });
  text.resize(result.count);
  return result.count > kPathBytesMax ? Result{0, ENAMETOOLONG} : result;
}

Result MakeDirectory(Held& held, Path path, mode_t mode, const System& system) noexcept {
  return At(held, path, Intent::kChange, system,
            [&](int directory, const char* name) { return ::mkdirat(directory, name, mode & 07777); });
}

Result Create(Held& held, Path path, mode_t mode, const System& system) noexcept {
  return At(held, path, Intent::kChange, system, [&](int directory, const char* name) {
    return system.openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 07777);
  });
}

Result OpenFile(Held& held, Path path, bool writes, const System& system) noexcept {
  struct stat found;
  // looked at first: opening a device may already do something
  const Result result = At(held, path, writes ? Intent::kChange : Intent::kLook, system,
                           [&](int directory, const char* name) {
                             if (Look(directory, name, found) != 0) return -1;
                             if ((errno = WhyNotRegular(found.st_mode)) != 0) return -1;
                             const int flags = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
                             return system.openat(directory, name, flags | (writes ? O_RDWR : O_RDONLY), 0);
                           });
  if (result.error != 0) return {0, result.error == ELOOP ? kLink : result.error};
  Descriptor file(static_cast<int>(result.count));
  if (::fstat(file.Get(), &found) != 0) return {0, errno};
  if (const int error = WhyNotRegular(found.st_mode); error != 0) return {0, error};
  file.Release();
  return result;
}

Result MakeLink(Held& held, Path text, Path path, const System& system) noexcept {
  const std::string target(text.begin(), text.end());
  if (target.find('\0') != std::string::npos) return {0, kMalformed};
  return At(held, path, Intent::kChange, system,
            [&](int directory, const char* name) { return ::symlinkat(target.c_str(), directory, name); });
}

Result AddName(Held& held, Path existing, Path path, const System& system) noexcept {
  if (!IsBelow(path)) return {0, kMalformed};
  Spot from(held, Intent::kLook, system);
  if (const int error = from.Go(existing); error != 0) return {0, error};
  struct stat wanted, found;
  if (Look(from.Directory(), from.Name(), wanted) != 0) return {0, errno};
  if (const int error = WhyNotRegular(wanted.st_mode); error != 0) return {0, error};
  return At(held, path, Intent::kChange, system, [&](int directory, const char* name) {
    const int status = system.linkat(from.Directory(), from.Name(), directory, name, 0);
    if (status != 0 || Look(directory, name, found) != 0) return status;
    if (found.st_ino == wanted.st_ino && found.st_dev == wanted.st_dev && S_ISREG(found.st_mode)) return 0;
    // another was put there between the look and the link, perhaps with the same number: it is given again once it is free
    ::unlinkat(directory, name, 0);
    errno = ESTALE;
    return -1;
  });
}

Result SetMode(Held& held, Path path, mode_t mode, const System& system) noexcept {
  const Result result = At(held, path, Intent::kChange, system, [&](int directory, const char* name) {
    const int status = system.fchmodat2(directory, name, mode & 07777, AT_SYMLINK_NOFOLLOW);
    // EPERM is also how some sandboxes say that they know no such call
    return status != 0 && (errno == ENOSYS || errno == EPERM) ? SetModeByDescriptor(directory, name, mode & 07777)
                                                              : status;
  });
  const bool is_link = result.error == EOPNOTSUPP || result.error == ELOOP;
  return is_link ? Result{0, kLink} : result;
}

Result SetOwner(Held& held, Path path, uid_t user, gid_t group, const System& system) noexcept {
  return At(held, path, Intent::kChange, system, [&](int directory, const char* name) {
    return ::fchownat(directory, name, user, group, AT_SYMLINK_NOFOLLOW);
  });
}

Result SetModified(Held& held, Path path, FileTime modified, const System& system) noexcept {
  const timespec times[2] = {{0, UTIME_OMIT},
                             {static_cast<time_t>(modified.seconds), static_cast<long>(modified.nanos)}};
  return At(held, path, Intent::kChange, system, [&](int directory, const char* name) {
    return ::utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW);
  });
}

}  // namespace pfs::file
