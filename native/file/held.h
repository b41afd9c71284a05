// held.h: a directory that is held open, and the way to what a path below it names.
//
// Knows descriptors and paths as bytes. What another file system mounted below took is remembered, for the sync. Many
// threads may use one.

#pragma once

#include <mutex>
#include <vector>

#include "file/below.h"
#include "file/descriptor.h"
#include "file/system.h"

namespace pfs::file {

enum class Intent { kLook, kChange };

class Held {
 public:
  // Takes the descriptor of a directory that was opened for reading.
  explicit Held(int directory) noexcept : directory_(directory) {}

  int Directory() const noexcept { return directory_.Get(); }
  // The directory at `path`, by O_PATH, for what `intent` says.
  Result OpenDirectory(const char* path, Intent intent, const System& system) noexcept;
  // All that was written below is on the disk. Linux before 5.8 tells of no fault here.
  Result Sync(const System& system = Kernel()) noexcept;

 private:
  void Remember(int directory) noexcept;

  struct Mount {
    dev_t device;
    Descriptor directory;
  };

  Descriptor directory_;
  std::mutex mutex_;
  std::vector<Mount> mounts_;
  int mount_error_ = 0;  // why one could not be remembered; the sync must not claim it
};

// Where a path leads: the directory that its last component is in, held open, and that component.
class Spot {
 public:
  Spot(Held& held, Intent intent, const System& system) noexcept : held_(held), intent_(intent), system_(system) {}

  // 0, one of Broken, or an errno. What lies in the same directory as the path before it is found by the same descriptor.
  int Go(Path path) noexcept;

  int Directory() const noexcept { return directory_; }
  const char* Name() const noexcept { return name_; }

 private:
  Held& held_;
  const Intent intent_;
  const System& system_;
  Descriptor opened_;
  int directory_ = -1;
  size_t directory_bytes_ = 0;
  const char* name_ = nullptr;
  char path_[kPathBytesMax + 1];
};

}  // namespace pfs::file
