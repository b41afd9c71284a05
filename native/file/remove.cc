// remove.cc: see remove.h.

#include "file/remove.h"

#include <cstring>
#include <memory>
#include <vector>

#include "file/directory.h"
#include "file/place.h"

namespace pfs::file {
namespace {

// Directories of the way down that stay open. From deeper ones the way up is by "..", looked at whether it leads there.
constexpr size_t kOpenMax = 32;
// How often something may have come into a directory that was empty before it is someone's aim.
constexpr int kAttemptsMax = 1000;

// A tree on its way out, depth first, the way down in a list of our own.
class Removal {
 public:
  explicit Removal(const System& system) noexcept : system_(system), reader_(std::make_unique<DirectoryReader>(system)) {}

  int Run(int directory, const char* name) noexcept;

 private:
  struct Level {
    Descriptor opened;
    int directory;  // -1: closed meanwhile
    dev_t device;
    ino_t inode;
    size_t names;  // where in the list its own begin: subdirectories not yet gone, the last one being worked on
  };

  int Enter() noexcept;
  int Empty() noexcept;
  int Leave() noexcept;
  int Reopen(Level& above, int below) noexcept;
  int Again(int error) noexcept { return ++attempts_ < kAttemptsMax ? 0 : error; }

  void Push(const char* name) noexcept { names_.insert(names_.end(), name, name + std::strlen(name) + 1); }
  const char* Last() const noexcept {
    size_t at = names_.size() - 1;
    while (at > 0 && names_[at - 1] != '\0') at--;
    return names_.data() + at;
  }
  void Pop() noexcept { names_.resize(static_cast<size_t>(Last() - names_.data())); }

  const System& system_;
  const std::unique_ptr<DirectoryReader> reader_;
  std::vector<Level> levels_;
  std::vector<char> names_;  // each ended by a zero byte
  int attempts_ = 0;
};

int Removal::Run(int directory, const char* name) noexcept {
  levels_.push_back({Descriptor(), directory, 0, 0, 0});
  Push(name);
  while (true) {
    int error = 0;
    if (names_.size() > levels_.back().names) error = Enter();
    else if (levels_.size() > 1) error = Leave();
    else return 0;
    if (error != 0) return error;
  }
}

// Goes into the last name, and empties it of all but directories. What is none is gone at once.
int Removal::Enter() noexcept {
  const int above = levels_.back().directory;
  const Result opened = OpenDirectoryBeneath(above, Last(), O_RDONLY, Mounts::kNone, system_);
  if (opened.error == ENOTDIR || opened.error == ELOOP) {
    if (::unlinkat(above, Last(), 0) != 0 && errno != ENOENT) return errno == EISDIR ? Again(EISDIR) : errno;
    Pop();
    return 0;
  }
  if (opened.error == ENOENT) {
    Pop();
    return 0;
  }
  if (opened.error != 0) return opened.error == EXDEV ? EBUSY : opened.error;
  Descriptor directory(static_cast<int>(opened.count));
  struct stat found;
  if (::fstat(directory.Get(), &found) != 0) return errno;
  const int fd = directory.Get();
  levels_.push_back({std::move(directory), fd, found.st_dev, found.st_ino, names_.size()});
  // the first is another's, and stays
  if (levels_.size() > kOpenMax + 1) {
    Level& far = levels_[levels_.size() - 1 - kOpenMax];
    far.opened.Close();
    far.directory = -1;
  }
  return Empty();
}

int Removal::Empty() noexcept {
  const int directory = levels_.back().directory;
  reader_->Start(directory);
  for (Listed listed; reader_->Next(listed);) {
    if (!listed.is_directory && (::unlinkat(directory, listed.name, 0) == 0 || errno == ENOENT)) continue;
    if (!listed.is_directory && errno != EISDIR) return errno;
    Push(listed.name);
  }
  return reader_->Error();
}

int Removal::Leave() noexcept {
  Level left = std::move(levels_.back());
  levels_.pop_back();
  Level& above = levels_.back();
  if (above.directory < 0)
    if (const int error = Reopen(above, left.directory); error != 0) return error;
  left.opened.Close();
  if (::unlinkat(above.directory, Last(), AT_REMOVEDIR) == 0 || errno == ENOENT) {
    Pop();
    return 0;
  }
  // something has come in, or taken its place: it is gone into again
  return errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR ? Again(errno) : errno;
}

int Removal::Reopen(Level& above, int below) noexcept {
  Descriptor directory(system_.openat(below, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0));
  struct stat found;
  if (!directory.IsOpen() || ::fstat(directory.Get(), &found) != 0) return errno;
  // moved meanwhile: what is above it now nobody asked us to remove
  if (found.st_dev != above.device || found.st_ino != above.inode) return ESTALE;
  above.directory = directory.Get();
  above.opened = std::move(directory);
  return 0;
}

}  // namespace

Result Remove(Held& held, Path path, const System& system) noexcept {
  Spot spot(held, Intent::kChange, system);
  if (const int error = spot.Go(path); error != 0) return {0, error};
  if (::unlinkat(spot.Directory(), spot.Name(), 0) == 0) return {};
  if (errno == EISDIR && ::unlinkat(spot.Directory(), spot.Name(), AT_REMOVEDIR) == 0) return {};
  return {0, errno};
}

Result RemoveTree(Held& held, Path path, const System& system) noexcept {
  Spot spot(held, Intent::kChange, system);
  const int error = spot.Go(path);
  if (error != 0) return {0, error == ENOENT ? 0 : error};
  return {0, Removal(system).Run(spot.Directory(), spot.Name())};
}

}  // namespace pfs::file
