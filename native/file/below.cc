// below.cc: see below.h.

#include "file/below.h"

#include <cstring>

namespace pfs::file {
namespace {

bool IsComponent(Path name) noexcept {
  if (name.empty() || name.size() > kComponentBytesMax) return false;
  if (name[0] == '.' && (name.size() == 1 || (name.size() == 2 && name[1] == '.'))) return false;
  return std::memchr(name.data(), '\0', name.size()) == nullptr;
}

}  // namespace

bool IsBelow(Path path) noexcept {
  if (path.empty() || path.size() > kPathBytesMax) return false;
  while (true) {
    const auto* slash = static_cast<const uint8_t*>(std::memchr(path.data(), '/', path.size()));
    if (slash == nullptr) return IsComponent(path);
    const auto length = static_cast<size_t>(slash - path.data());
    if (!IsComponent(path.first(length))) return false;
    path = path.subspan(length + 1);
    if (path.empty()) return false;
  }
}

}  // namespace pfs::file
