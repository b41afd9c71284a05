// directory.h: the names in a directory, a buffer full at a time.
//
// Knows getdents64. Neither order nor what the names stand for.

#pragma once

#include <vector>

#include "file/system.h"

namespace pfs::file {

// What the kernel tells of an entry: a name, and whether it says that this is a directory. It may not say.
struct Listed {
  const char* name;
  bool is_directory;
};

class DirectoryReader {
 public:
  explicit DirectoryReader(const System& system) noexcept : system_(system) {}

  // Begins at the descriptor's place; what was read and not yet given out of another is forgotten.
  void Start(int directory) noexcept;
  // The next, without "." and ".."; it lies here until the next call. false: the end, or a fault.
  bool Next(Listed& listed) noexcept;
  // The errno that it ended with.
  int Error() const noexcept { return error_; }

 private:
  static constexpr size_t kBufferBytes = 32 * 1024;  // as glibc's readdir

  const System& system_;
  int directory_ = -1;
  int error_ = 0;
  size_t at_ = 0;
  size_t end_ = 0;
  alignas(8) uint8_t buffer_[kBufferBytes];
};

// Adds a name as JavaScript takes it apart: two bytes of its length, little-endian, and its bytes.
void PutName(std::vector<uint8_t>& names, const char* name) noexcept;

}  // namespace pfs::file
