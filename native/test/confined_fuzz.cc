// confined_fuzz.cc: random calls by random paths, good and evil, against a model in memory: what was told is what happened,
// nothing else did, and nothing outside. By this kernel's calls and by those of an old one, in turns.
//
// g++ -std=c++20 -O3 -Inative native/test/confined_fuzz.cc native/file/*.cc -o confined_fuzz && ./confined_fuzz SEED ITERATIONS

#include <algorithm>
#include <map>
#include <vector>

#include "file/confined.h"
#include "file/many.h"
#include "file/remove.h"
#include "file/rename.h"
#include "test/confined_world.h"

using namespace pfs::file;
using namespace pfs::file::test;

namespace {

uint64_t state = 1;
uint32_t Random(uint32_t below) {
  state ^= state << 13, state ^= state >> 7, state ^= state << 17;
  return static_cast<uint32_t>((state >> 16) % below);
}

struct Node {
  char kind;  // 'f', 'd', 'l'
  std::string content;
  std::shared_ptr<int> inode = std::make_shared<int>(0);
};

// What should be below, by path.
std::map<std::string, Node> model;

bool HasBelow(const std::string& path) {
  const auto next = model.lower_bound(path + "/");
  return next != model.end() && next->first.starts_with(path + "/");
}
const Node* Find(const std::string& path) {
  const auto found = model.find(path);
  return found == model.end() ? nullptr : &found->second;
}

// A path below as JavaScript would check it, written again from the rules.
bool IsGood(const std::string& path) {
  if (path.empty() || path.size() > 4095 || path.find('\0') != std::string::npos) return false;
  size_t at = 0;
  while (true) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string name = path.substr(at, end - at);
    if (name.empty() || name == "." || name == ".." || name.size() > 255) return false;
    if (end == path.size()) return true;
    at = end + 1;
  }
}

// Why nothing can be done by this path; 0: its directory is there.
int Way(const std::string& path) {
  if (!IsGood(path)) return kMalformed;
  for (size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
    const Node* node = Find(path.substr(0, at));
    if (node == nullptr) return ENOENT;
    if (node->kind == 'l') return kLink;
    if (node->kind == 'f') return kNotDirectory;
  }
  return 0;
}

std::string RandomPath() {
  static const std::string names[] = {"a", "b", "c", "\xff\xfe", "n\nl"};
  static const std::string evil[] = {"..", ".", "", "../..", std::string("z\0", 2), std::string(256, 'x'), "/a"};
  if (!model.empty() && Random(3) == 0) return std::next(model.begin(), Random(static_cast<uint32_t>(model.size())))->first;
  std::string path;
  for (uint32_t depth = 1 + Random(4), i = 0; i < depth; i++) {
    if (i > 0) path += '/';
    path += Random(60) == 0 ? evil[Random(7)] : names[Random(5)];
  }
  return path;
}

[[noreturn]] void Die(const char* what, const std::string& path, int told, int wanted) {
  std::printf("FAILED: %s at %s: %d, not %d\n", what, path.c_str(), told, wanted);
  std::exit(1);
}

std::string ContentOf(World& world, const std::string& path) {
  std::ifstream file(world.In(path));
  return {std::istreambuf_iterator<char>(file), {}};
}

// The disk against the model, by calls of another kind than those that are tried.
void Compare(World& world) {
  size_t seen = 0;
  const auto compare = [&](const auto& self, const std::string& directory) -> void {
    std::vector<Entry> entries;
    std::vector<uint8_t> names;
    const std::string at = directory.empty() ? world.base + "/in" : world.In(directory);
    if (const int error = ListDirectory(P(at), entries, names).error; error != 0) Die("the list", directory, error, 0);
    size_t name_at = 0;
    for (const Entry& entry : entries) {
      const size_t length = names[name_at] | names[name_at + 1] << 8;
      const std::string name(reinterpret_cast<const char*>(names.data()) + name_at + 2, length);
      name_at += 2 + length;
      const std::string path = directory.empty() ? name : directory + "/" + name;
      const Node* node = Find(path);
      const char kind = S_ISDIR(entry.mode) ? 'd' : S_ISLNK(entry.mode) ? 'l' : 'f';
      if (node == nullptr || node->kind != kind) Die("what is there", path, kind, node == nullptr ? 0 : node->kind);
      if (kind == 'f' && ContentOf(world, path) != node->content) Die("content", path, 0, 0);
      if (kind == 'f' && entry.link_count != static_cast<uint32_t>(node->inode.use_count()))
        Die("names of one file", path, static_cast<int>(entry.link_count), static_cast<int>(node->inode.use_count()));
      seen++;
      if (kind == 'd') self(self, path);
    }
  };
  compare(compare, "");
  if (seen != model.size()) Die("how many are there", "", static_cast<int>(seen), static_cast<int>(model.size()));
  if (!world.IsUntouched()) Die("outside", "", 0, 0);
}

void Forget(const std::string& path) {
  model.erase(path);
  for (auto next = model.lower_bound(path + "/"); next != model.end() && next->first.starts_with(path + "/");)
    next = model.erase(next);
}

void Move(const std::string& from, const std::string& to) {
  const Node *source = Find(from), *target = Find(to);
  // two names of one file: rename does nothing
  if (target != nullptr && target->inode == source->inode) return;
  Forget(to);
  std::map<std::string, Node> moved;
  for (const auto& [path, node] : model)
    if (path == from || path.starts_with(from + "/")) moved.emplace(to + path.substr(from.size()), node);
  Forget(from);
  model.merge(moved);
}

int WantedOfRename(const std::string& from, const std::string& to, bool may_replace) {
  if (!IsGood(from) || !IsGood(to)) return kMalformed;
  if (const int error = Way(from); error != 0) return error;
  if (const int error = Way(to); error != 0) return error;
  const Node *source = Find(from), *target = Find(to);
  if (source == nullptr) return ENOENT;
  if (target != nullptr && !may_replace) return EEXIST;
  if (source->kind == 'd' && to.starts_with(from + "/")) return EINVAL;
  if (target == nullptr || from == to) return 0;
  if (from.starts_with(to + "/")) return ENOTEMPTY;
  if (source->kind == 'd') return target->kind != 'd' ? ENOTDIR : HasBelow(to) ? ENOTEMPTY : 0;
  return target->kind == 'd' ? EISDIR : 0;
}

void Expect(const char* what, const std::string& path, const Result& result, int wanted) {
  if (result.error != wanted) Die(what, path, result.error, wanted);
}

int WantedOfNew(const std::string& path) {
  const int error = Way(path);
  return error != 0 ? error : Find(path) != nullptr ? EEXIST : 0;
}

// `same` is told of what is there.
template <class Same>
int WantedOfThere(const std::string& path, const Same& same) {
  if (const int error = Way(path); error != 0) return error;
  const Node* node = Find(path);
  return node == nullptr ? ENOENT : same(*node);
}

void Step(World& world, const System& system) {
  Held& held = *world.held;
  const std::string path = RandomPath();
  switch (Random(10)) {
    case 0: {
      const int wanted = WantedOfNew(path);
      Expect("directory", path, MakeDirectory(held, P(path), 0755, system), wanted);
      if (wanted == 0) model[path] = {'d', ""};
      break;
    }
    case 1: {
      const int wanted = WantedOfNew(path);
      const Result made = Create(held, P(path), 0644, system);
      Expect("create", path, made, wanted);
      if (wanted == 0) model[path] = {'f', ""}, ::close(static_cast<int>(made.count));
      break;
    }
    case 2: {
      const std::string content(Random(5000), static_cast<char>('a' + Random(26)));
      const uint32_t end = static_cast<uint32_t>(path.size()), mode = 0600, nanos = 1;
      const double offset = 0, length = static_cast<double>(content.size()), seconds = 2;
      double outcome = 1;
      WriteMany(held, {P(path), {&end, 1}, {&offset, 1}, {&length, 1}}, {{&mode, 1}, {&seconds, 1}, {&nanos, 1}},
                P(content), {&outcome, 1}, system);
      const int wanted = WantedOfNew(path);
      Expect("write", path, {0, static_cast<int>(-outcome)}, wanted);
      if (wanted == 0) model[path] = {'f', content};
      break;
    }
    case 3: {
      const int wanted = WantedOfNew(path);
      Expect("link", path, MakeLink(held, P(Random(2) == 0 ? "../out" : "a"), P(path), system), wanted);
      if (wanted == 0) model[path] = {'l', ""};
      break;
    }
    case 4: {
      const std::string to = RandomPath();
      int wanted = !IsGood(to) ? kMalformed : WantedOfThere(path, [](const Node& node) {
        return node.kind == 'd' ? EISDIR : node.kind == 'l' ? static_cast<int>(kLink) : 0;
      });
      if (wanted == 0) wanted = WantedOfNew(to);
      Expect("second name", path, AddName(held, P(path), P(to), system), wanted);
      if (wanted == 0) model[to] = *Find(path);
      break;
    }
    case 5:
    case 6: {
      const std::string to = RandomPath();
      const bool may_replace = Random(2) == 0;
      const int wanted = WantedOfRename(path, to, may_replace);
      Expect("rename", path + " to " + to, Rename(held, P(path), held, P(to), may_replace, system), wanted);
      if (wanted == 0 && path != to) Move(path, to);
      break;
    }
    case 7: {
      if (Random(3) != 0) break;
      const int wanted = WantedOfThere(
          path, [&](const Node& node) { return node.kind == 'd' && HasBelow(path) ? ENOTEMPTY : 0; });
      Expect("remove", path, Remove(held, P(path), system), wanted);
      if (wanted == 0) Forget(path);
      break;
    }
    case 8: {
      if (Random(16) != 0) break;
      const int wanted = WantedOfThere(path, [](const Node&) { return 0; });
      Expect("remove tree", path, RemoveTree(held, P(path), system), wanted == ENOENT ? 0 : wanted);
      if (wanted == 0) Forget(path);
      break;
    }
    default: {
      const int wanted = WantedOfThere(path, [](const Node&) { return 0; });
      const int of_link = WantedOfThere(path, [](const Node& node) { return node.kind == 'l' ? static_cast<int>(kLink) : 0; });
      Entry entry;
      Expect("stat", path, Stat(held, P(path), entry, system), wanted);
      Expect("mode", path, SetMode(held, P(path), 0755, system), of_link);
      Expect("time", path, SetModified(held, P(path), {1, 2}, system), wanted);
      Expect("owner", path, SetOwner(held, P(path), static_cast<uid_t>(-1), static_cast<gid_t>(-1), system), wanted);
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  state = count > 1 ? std::strtoull(arguments[1], nullptr, 10) * 2654435761u + 1 : 1;
  const uint64_t iterations = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 20000;
  ::umask(022);
  const System old = OldKernel();
  World world("/tmp");
  model = {{"deep", {'d', ""}}, {"plain", {'f', "ours"}}, {"link", {'l', ""}}, {"file", {'l', ""}}};
  for (uint64_t iteration = 0; iteration < iterations; iteration++) {
    Step(world, Random(2) == 0 ? Kernel() : old);
    if (iteration % 50 == 49 || iteration + 1 == iterations) Compare(world);
  }
  std::printf("confined_fuzz: %llu iterations ok\n", static_cast<unsigned long long>(iterations));
  return pfs::test::failures == 0 ? 0 : 1;
}
