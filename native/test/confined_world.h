// confined_world.h: what the programs of the confined calls share: a directory that is held, one beside it that nothing may
// reach, and paths as bytes.

#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "file/held.h"
#include "file/place.h"
#include "test/check.h"

namespace pfs::file::test {

inline Path P(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

// in/ is held, out/ has a victim; in/link leads to out/, in/file to the victim, in/deep is a directory of our own.
class World {
 public:
  explicit World(const std::string& root) : base(root + "/pfs-world-XXXXXX") {
    CHECK(::mkdtemp(base.data()) != nullptr);
    for (const char* name : {"/in", "/in/deep", "/out"}) CHECK(::mkdir((base + name).c_str(), 0755) == 0);
    std::ofstream(base + "/out/victim") << "mine";
    std::ofstream(base + "/in/plain") << "ours";
    CHECK(::symlink("../out", (base + "/in/link").c_str()) == 0);
    CHECK(::symlink("../out/victim", (base + "/in/file").c_str()) == 0);
    held = std::make_unique<Held>(::open((base + "/in").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  }
  ~World() {
    CHECK(IsUntouched());
    CHECK(::system(("rm -rf " + base).c_str()) == 0);
  }

  // Outside is as it was.
  bool IsUntouched() const {
    struct stat found;
    std::string text;
    std::getline(std::ifstream(base + "/out/victim"), text);
    return text == "mine" && ::stat((base + "/out/victim").c_str(), &found) == 0 && found.st_nlink == 1 &&
           (found.st_mode & 07777) == 0644 && found.st_uid == ::getuid() && ::rmdir((base + "/out").c_str()) != 0 && errno == ENOTEMPTY &&
           ::stat((base + "/out").c_str(), &found) == 0 && found.st_nlink == 2;
  }
  std::string In(std::string_view name) const { return base + "/in/" + std::string(name); }

  std::string base;
  std::unique_ptr<Held> held;
};

inline int FailsAsUnknown(int, const char*, uint64_t, uint64_t, uint64_t) {
  errno = ENOSYS;
  return -1;
}

// A kernel as old as we know them: nothing newer than openat.
inline System OldKernel() {
  System system = Kernel();
  system.openat2 = FailsAsUnknown;
  system.renameat2 = [](int, const char*, int, const char*, unsigned) { return errno = ENOSYS, -1; };
  system.fchmodat2 = [](int, const char*, mode_t, int) { return errno = ENOSYS, -1; };
  return system;
}

}  // namespace pfs::file::test
