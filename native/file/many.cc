// many.cc: see many.h.

#include "file/many.h"

#include <cmath>
#include <cstring>

#include "file/batch.h"
#include "file/directory.h"

namespace pfs::file {
namespace {

// What is no regular file is let go of again, and must do nothing by being opened.
constexpr int kLookOnly = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

// What JavaScript's numbers hold to the second.
constexpr double kSecondsMax = 9007199254740991.0;

// A path of the user's own, for a system call.
class AbsolutePath {
 public:
  // 0, or why it is none.
  int Set(Path path) noexcept {
    if (path.size() > kPathBytesMax) return ENAMETOOLONG;
    if (path.empty() || path[0] != '/' || std::memchr(path.data(), '\0', path.size()) != nullptr) return EINVAL;
    std::memcpy(text_, path.data(), path.size());
    text_[path.size()] = '\0';
    return 0;
  }
  const char* Text() const noexcept { return text_; }

 private:
  char text_[kPathBytesMax + 1];
};

// File `i` of a batch. The columns are JavaScript's memory, and are believed only once they were looked at.
struct Item {
  Path path;
  size_t offset = 0;
  size_t bytes = 0;

  // false: there is no such path, or no such place in the buffer.
  bool Take(const Batch& batch, size_t i, size_t buffer_bytes) noexcept {
    const size_t begin = i == 0 ? 0 : batch.path_ends[i - 1], end = batch.path_ends[i];
    const double from = batch.offsets[i], length = batch.lengths[i];
    const auto limit = static_cast<double>(buffer_bytes);
    if (begin > end || end > batch.paths.size()) return false;
    if (!(from >= 0 && length >= 0 && from <= limit && length <= limit - from)) return false;
    path = batch.paths.subspan(begin, end - begin);
    offset = static_cast<size_t>(from);
    bytes = static_cast<size_t>(length);
    return true;
  }
};

double ReadOne(const char* path, std::span<uint8_t> target, Entry& entry, const System& system) noexcept {
  const Descriptor file(Uninterrupted([&] { return system.openat(AT_FDCWD, path, kLookOnly, 0); }));
  struct stat found;
  if (!file.IsOpen() || ::fstat(file.Get(), &found) != 0) return errno == ENXIO ? -EINVAL : -errno;  // ENXIO: a socket
  if (const int error = WhyNotRegular(found.st_mode); error != 0) return -error;
  if (static_cast<uint64_t>(found.st_size) != target.size()) return kChanged;
  uint8_t more;
  const Piece pieces[] = {{0, target.data(), target.size()}, {target.size(), &more, 1}};
  const Result read = ReadBatch(file.Get(), pieces, system);
  if (read.error != 0) return -read.error;
  if (read.count != target.size()) return kChanged;
  if (::fstat(file.Get(), &found) != 0) return -errno;
  entry = EntryOf(found);
  return 0;
}

// What a new file is to be.
struct Wanted {
  std::span<const uint8_t> content;
  mode_t mode;
  FileTime modified;
};

int Fill(int fd, const Wanted& wanted, const System& system) noexcept {
  const Piece piece = {0, const_cast<uint8_t*>(wanted.content.data()), wanted.content.size()};
  if (const Result written = WriteBatch(fd, {&piece, 1}, system); written.error != 0) return written.error;
  struct stat made;
  if (::fstat(fd, &made) != 0) return errno;
  // behind the content: a write takes the set-user-id bit away
  if ((made.st_mode & 07777) != wanted.mode && ::fchmod(fd, wanted.mode) != 0) return errno;
  const timespec times[2] = {{0, UTIME_OMIT},
                             {static_cast<time_t>(wanted.modified.seconds), static_cast<long>(wanted.modified.nanos)}};
  return ::futimens(fd, times) != 0 ? errno : 0;
}

int WriteOne(const Spot& spot, const Wanted& wanted, const System& system) noexcept {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  Descriptor file(Uninterrupted(
      [&] { return system.openat(spot.Directory(), spot.Name(), flags, wanted.mode & 0777); }));
  if (!file.IsOpen()) return errno;
  int error = Fill(file.Get(), wanted, system);
  if (const int lost = file.Close(); error == 0) error = lost;
  if (error != 0) ::unlinkat(spot.Directory(), spot.Name(), 0);
  return error;
}

}  // namespace

Result ListDirectory(Path path, std::vector<Entry>& entries, std::vector<uint8_t>& names,
                     const System& system) noexcept {
  AbsolutePath absolute;
  if (const int error = absolute.Set(path); error != 0) return {0, error};
  const Descriptor directory(
      Uninterrupted([&] { return system.openat(AT_FDCWD, absolute.Text(), kLookOnly | O_DIRECTORY, 0); }));
  if (!directory.IsOpen()) return {0, errno};
  DirectoryReader reader(system);
  reader.Start(directory.Get());
  for (Listed listed; reader.Next(listed);) {
    struct stat found;
    if (::fstatat(directory.Get(), listed.name, &found, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) == 0) {
      entries.push_back(EntryOf(found));
      PutName(names, listed.name);
    } else if (errno != ENOENT) {
      return {0, errno};
    }
  }
  return {entries.size(), reader.Error()};
}

void ReadMany(const Batch& batch, std::span<uint8_t> target, std::span<Entry> entries, std::span<double> outcomes,
              const System& system) noexcept {
  AbsolutePath path;
  Item item;
  for (size_t i = 0; i < outcomes.size(); i++) {
    const int error = item.Take(batch, i, target.size()) ? path.Set(item.path) : EINVAL;
    outcomes[i] = error != 0 ? -error
                             : ReadOne(path.Text(), target.subspan(item.offset, item.bytes), entries[i], system);
  }
}

void WriteMany(Held& held, const Batch& batch, const Attributes& attributes, std::span<const uint8_t> source,
               std::span<double> outcomes, const System& system) noexcept {
  Spot spot(held, Intent::kChange, system);
  Item item;
  for (size_t i = 0; i < outcomes.size(); i++) {
    int error = item.Take(batch, i, source.size()) ? spot.Go(item.path) : EINVAL;
    const double seconds = attributes.mtime_seconds[i];
    const uint32_t nanos = attributes.mtime_nanos[i];
    if (!(std::fabs(seconds) <= kSecondsMax) || nanos > 999'999'999) error = EINVAL;
    if (error == 0) {
      const auto content = source.subspan(item.offset, item.bytes);
      error = WriteOne(spot, {content, attributes.modes[i] & 07777, {static_cast<int64_t>(seconds), nanos}}, system);
    }
    outcomes[i] = -error;
  }
}

}  // namespace pfs::file
