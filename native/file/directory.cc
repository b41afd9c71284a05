// directory.cc: see directory.h.

#include "file/directory.h"

#include <dirent.h>

#include <cstddef>
#include <cstring>

namespace pfs::file {
namespace {

// struct linux_dirent64, which no header gives.
struct RawEntry {
  uint64_t inode;
  int64_t next;
  uint16_t bytes;
  uint8_t type;
  char name[1];
};

}  // namespace

void DirectoryReader::Start(int directory) noexcept {
  directory_ = directory;
  error_ = 0;
  at_ = end_ = 0;
}

bool DirectoryReader::Next(Listed& listed) noexcept {
  while (true) {
    if (at_ == end_) {
      const ssize_t count =
          Uninterrupted([&] { return system_.getdents64(directory_, buffer_, sizeof buffer_); });
      if (count <= 0) {
        error_ = count < 0 ? errno : 0;
        return false;
      }
      at_ = 0;
      end_ = static_cast<size_t>(count);
    }
    const uint8_t* raw = buffer_ + at_;
    uint16_t bytes;
    std::memcpy(&bytes, raw + offsetof(RawEntry, bytes), sizeof bytes);
    at_ += bytes;
    const char* name = reinterpret_cast<const char*>(raw) + offsetof(RawEntry, name);
    if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
    listed = {name, raw[offsetof(RawEntry, type)] == DT_DIR};
    return true;
  }
}

void PutName(std::vector<uint8_t>& names, const char* name) noexcept {
  const size_t length = std::strlen(name);
  names.push_back(static_cast<uint8_t>(length));
  names.push_back(static_cast<uint8_t>(length >> 8));
  names.insert(names.end(), name, name + length);
}

}  // namespace pfs::file
