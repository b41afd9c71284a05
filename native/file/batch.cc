// batch.cc: see batch.h.

#include "file/batch.h"

#include <cerrno>

namespace pfs::file {
namespace {

// Pieces in one system call: far below IOV_MAX (1024), and enough that the call costs nothing beside the copying.
constexpr int kPartsMax = 64;
// Interruptions in a row without a byte before it is taken for a fault: nobody is interrupted this often.
constexpr int kInterruptionsMax = 100;

// Neighbours from piece `at` on, of which the first `skipped` bytes are done.
struct Run {
  iovec parts[kPartsMax];
  int count = 0;
  uint64_t offset = 0;
};

void Gather(std::span<const Piece> pieces, size_t at, size_t skipped, Run& run) noexcept {
  run.count = 0;
  run.offset = pieces[at].offset + skipped;
  uint64_t end = run.offset;
  for (; at < pieces.size() && run.count < kPartsMax; at++, skipped = 0) {
    const Piece& piece = pieces[at];
    if (piece.offset + skipped != end) break;
    run.parts[run.count++] = {piece.data + skipped, piece.bytes - skipped};
    end = piece.offset + piece.bytes;
  }
}

// `call` moves a run and says how many bytes; 0 ends the batch with `at_nothing`.
template <class Call>
Result Move(std::span<const Piece> pieces, int at_nothing, const Call& call) noexcept {
  Result result;
  Run run;
  size_t at = 0, skipped = 0;
  int interruptions = 0;
  while (true) {
    while (at < pieces.size() && skipped == pieces[at].bytes) at++, skipped = 0;
    if (at == pieces.size()) return result;
    Gather(pieces, at, skipped, run);
    const ssize_t moved = call(run);
    if (moved < 0 && errno == EINTR && ++interruptions < kInterruptionsMax) continue;
    if (moved <= 0) {
      result.error = moved < 0 ? errno : at_nothing;
      return result;
    }
    interruptions = 0;
    result.count += static_cast<uint64_t>(moved);
    for (size_t left = static_cast<size_t>(moved); left > 0;) {
      const size_t here = pieces[at].bytes - skipped;
      if (left < here) {
        skipped += left;
        break;
      }
      left -= here;
      at++, skipped = 0;
    }
  }
}

}  // namespace

Result ReadBatch(int fd, std::span<const Piece> pieces, const System& system) noexcept {
  return Move(pieces, 0, [&](const Run& run) {
    return system.preadv(fd, run.parts, run.count, static_cast<off_t>(run.offset));
  });
}

Result WriteBatch(int fd, std::span<const Piece> pieces, const System& system) noexcept {
  // a write that takes nothing and says nothing would be tried for ever
  return Move(pieces, EIO, [&](const Run& run) {
    return system.pwritev(fd, run.parts, run.count, static_cast<off_t>(run.offset));
  });
}

}  // namespace pfs::file
