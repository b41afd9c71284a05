// held.cc: see held.h.

#include "file/held.h"

#include <cstring>

#include "file/place.h"

namespace pfs::file {

Result Held::OpenDirectory(const char* path, Intent intent, const System& system) noexcept {
  const Mounts mounts = intent == Intent::kChange ? Mounts::kNone : Mounts::kAny;
  const Result opened = OpenDirectoryBeneath(Directory(), path, O_PATH, mounts, system);
  if (opened.error != EXDEV || mounts == Mounts::kAny) return opened;
  const Result beyond = OpenDirectoryBeneath(Directory(), path, O_PATH, Mounts::kAny, system);
  if (beyond.error == 0) Remember(static_cast<int>(beyond.count));
  return beyond;
}

void Held::Remember(int directory) noexcept {
  struct stat found;
  const bool is_told = ::fstat(directory, &found) == 0;
  const std::lock_guard lock(mutex_);
  for (const Mount& mount : mounts_)
    if (is_told && mount.device == found.st_dev) return;
  // syncfs wants a descriptor that could be read from
  const int fd = is_told ? ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fd < 0) mount_error_ = errno;
  else mounts_.push_back({found.st_dev, Descriptor(fd)});
}

Result Held::Sync(const System& system) noexcept {
  std::vector<int> fds = {Directory()};
  Result result;
  {
    const std::lock_guard lock(mutex_);
    for (const Mount& mount : mounts_) fds.push_back(mount.directory.Get());
    result.error = mount_error_;
  }
  for (const int fd : fds) {
    const int status = Uninterrupted([&] { return system.syncfs(fd); });
    if (status != 0 && result.error == 0) result.error = errno;
  }
  return result;
}

int Spot::Go(Path path) noexcept {
  if (!IsBelow(path)) return kMalformed;
  size_t cut = path.size();
  while (cut > 0 && path[cut - 1] != '/') cut--;
  const size_t directory_bytes = cut > 0 ? cut - 1 : 0;
  const bool stays = directory_ >= 0 && directory_bytes == directory_bytes_ &&
                     std::memcmp(path_, path.data(), directory_bytes) == 0;
  std::memcpy(path_, path.data(), path.size());
  path_[path.size()] = '\0';
  if (cut > 0) path_[cut - 1] = '\0';
  name_ = path_ + cut;
  if (stays) return 0;

  directory_bytes_ = directory_bytes;
  directory_ = -1;
  opened_.Close();
  if (cut == 0) {
    directory_ = held_.Directory();
    return 0;
  }
  const Result opened = held_.OpenDirectory(path_, intent_, system_);
  if (opened.error == ELOOP) return kLink;
  if (opened.error == ENOTDIR) return kNotDirectory;
  if (opened.error != 0) return opened.error;
  opened_.Become(static_cast<int>(opened.count));
  directory_ = opened_.Get();
  return 0;
}

}  // namespace pfs::file
