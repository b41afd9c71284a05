// Super-packets taken apart: every part is a sound packet, and together they say what the whole said. Then packets with
// a wrong bit; then bytes that are no packet at all.

#include "packet.h"

#include <algorithm>

#include "check.h"
#include "damage.h"
#include "frames.h"
#include "random.h"

namespace {

using namespace pfs::test;

const Shape kShapes[] = {
    {4, Transport::kTcp, 60'000, 1448, 0x19, 12, 0}, {6, Transport::kTcp, 60'000, 1428, 0x90, 12, 0},
    {4, Transport::kUdp, 56'001, 1400, 0, 0, 0},     {6, Transport::kUdp, 4'200, 1400, 0, 0, 0},
    {4, Transport::kTcp, 1449, 1448, 0x99, 0, 8},    {4, Transport::kUdp, 1000, 0, 0, 0, 0},
    {6, Transport::kTcp, 0, 0, 0x10, 40, 0},
};

Bytes PartOf(const Bytes& frame, const Layout& layout, uint32_t first, uint32_t count) {
  uint8_t headers[kVirtioBytes + kHeadersBytesMax];
  const size_t header_bytes = WriteHeaders(frame.data(), layout, first, count, headers);
  Bytes part(headers, headers + header_bytes);
  const auto payload = frame.begin() + static_cast<long>(kVirtioBytes + layout.payload_at + first * layout.segment_bytes);
  uint32_t bytes = 0;
  for (uint32_t i = first; i < first + count; i++) bytes += layout.PayloadBytes(i);
  part.insert(part.end(), payload, payload + bytes);
  return part;
}

void LayoutsCount() {
  for (const Shape& shape : kShapes) {
    const Bytes frame = MakeFrame(shape);
    const Layout layout = Understand(frame);
    CHECK(IsSound(frame));
    CHECK(layout.version == shape.version && layout.transport == shape.transport);
    const size_t segment = shape.segment_bytes;
    CHECK(layout.count == (segment ? (shape.payload_bytes + segment - 1) / segment : 1));
    uint64_t payload = 0;
    for (uint32_t i = 0; i < layout.count; i++) payload += layout.PacketBytes(i) - layout.payload_at;
    CHECK(payload == shape.payload_bytes);
  }
}

void PartsAreSoundAndSayTheWhole() {
  for (const Shape& shape : kShapes) {
    const Bytes frame = MakeFrame(shape);
    const Layout whole = Understand(frame);
    if (whole.count == 1) continue;
    for (uint32_t count = 1; count < whole.count; count++) {
      Bytes payload;
      for (uint32_t first = 0; first < whole.count; first += count) {
        const uint32_t taken = std::min(count, whole.count - first);
        const Bytes part = PartOf(frame, whole, first, taken);
        const Layout layout = Understand(part);
        CHECK(IsSound(part));
        CHECK(layout.count == taken);
        CHECK(layout.payload_at == whole.payload_at);
        const uint8_t* ip = part.data() + kVirtioBytes;
        const uint8_t* transport = ip + layout.transport_at;
        const bool is_last = first + taken == whole.count;
        if (shape.version == 4) CHECK(Load16(ip + 4) == static_cast<uint16_t>(0xfff0 + first));
        if (shape.transport == Transport::kTcp) {
          CHECK(Load32(transport + 4) == 0xfffff000 + first * shape.segment_bytes);
          uint8_t flags = shape.tcp_flags;
          if (!is_last) flags &= 0xf6;
          if (first > 0) flags &= 0x7f;
          CHECK(transport[13] == flags);
        }
        payload.insert(payload.end(), part.begin() + static_cast<long>(kVirtioBytes + layout.payload_at), part.end());
      }
      CHECK(payload == Bytes(frame.begin() + static_cast<long>(kVirtioBytes + whole.payload_at), frame.end()));
    }
  }
}

int BitsApart(const uint8_t* a, const uint8_t* b, size_t bytes) {
  int bits = 0;
  for (size_t i = 0; i < bytes; i++) bits += __builtin_popcount(a[i] ^ b[i]);
  return bits;
}

void DamageIsOneBit(bool silently) {
  Random random(11, 1);
  Pool pool(64 << 20);
  for (const Shape& shape : kShapes) {
    if (shape.payload_bytes == 0) continue;
    const Bytes bytes = MakeFrame(shape);
    Frame* frame = pool.Take(bytes.size());
    std::memcpy(frame->data(), bytes.data(), bytes.size());
    frame->layout = Understand(frame->view());
    for (int round = 0; round < 200; round++) {
      const auto index = static_cast<uint32_t>(random.Below(frame->layout.count));
      Frame* damaged = Damaged(pool, *frame, index, silently, random);
      CHECK(damaged != nullptr);
      const Layout& layout = damaged->layout;
      CHECK(layout.count == 1 && !layout.NeedsChecksum());
      CHECK(layout.bytes == frame->layout.PacketBytes(index));
      CHECK(IsSound(Bytes(damaged->view().begin(), damaged->view().end())) == silently);
      const size_t from = kVirtioBytes + layout.payload_at;
      const uint8_t* was = bytes.data() + from + index * frame->layout.segment_bytes;
      CHECK(BitsApart(damaged->data() + from, was, damaged->bytes - from) == 1);
      pool.Drop(damaged);
    }
    // the frame is whole: others of its packets, and the second copy, are not touched
    CHECK(std::memcmp(frame->data(), bytes.data(), bytes.size()) == 0);
    pool.Drop(frame);
  }
}

// Whatever comes: nothing outside is read (the sanitiser watches the exact size), and it is one packet or adds up.
void AnyBytesAreUnderstoodOrOne() {
  Random random(13, 1);
  Pool pool(1 << 20);
  for (int round = 0; round < 200'000; round++) {
    Shape shape = kShapes[random.Below(std::size(kShapes))];
    shape.payload_bytes = random.Below(3000);
    Bytes frame = MakeFrame(shape);
    for (uint64_t i = random.Below(6); i > 0; i--) {
      const size_t at = random.Below(std::min<size_t>(frame.size(), 80));
      frame[at] = static_cast<uint8_t>(random.Bits());
    }
    if (random.Chance(0.5)) frame.resize(random.Below(frame.size() + 1));
    frame.shrink_to_fit();
    const Layout layout = Understand(frame);
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < layout.count; i++) bytes += layout.PacketBytes(i);
    CHECK(layout.count >= 1);
    CHECK(bytes == layout.bytes + (layout.count - 1) * uint64_t{layout.payload_at});
    CHECK(layout.payload_at <= kHeadersBytesMax);
    if (layout.count > 1) {
      const auto first = static_cast<uint32_t>(random.Below(layout.count));
      PartOf(frame, layout, first, 1 + static_cast<uint32_t>(random.Below(layout.count - first)));
    }
    Frame* held = pool.Take(frame.size());
    std::memcpy(held->data(), frame.data(), frame.size());
    held->layout = layout;
    Frame* damaged = Damaged(pool, *held, layout.count - 1U, round % 2, random);
    CHECK((damaged != nullptr) == (layout.bytes > 0));
    if (damaged) pool.Drop(damaged);
    pool.Drop(held);
  }
}

void PoolsAreBounded() {
  Pool pool(10 * (sizeof(Frame) + 2048));
  std::vector<Frame*> taken;
  while (Frame* frame = pool.Take(1500)) taken.push_back(frame);
  CHECK(taken.size() == 10);
  CHECK(pool.Take(60'000) == nullptr);
  Frame* last = taken.back();
  last->references++;
  pool.Drop(last);
  CHECK(pool.Take(10) == nullptr);
  pool.Drop(last);
  CHECK(pool.Take(10) == last);
  for (Frame* frame : taken) pool.Drop(frame);
}

}  // namespace

int main() {
  return RunGroups({
      {"a layout counts packets and their bytes", LayoutsCount},
      {"every part is sound, and all parts say the whole", PartsAreSoundAndSayTheWhole},
      {"damage is one bit that a checksum tells of", [] { DamageIsOneBit(false); }},
      {"silent damage is one bit that fits its checksum", [] { DamageIsOneBit(true); }},
      {"any bytes are understood, or are one packet", AnyBytesAreUnderstoodOrOne},
      {"a pool is bounded, and frames come back", PoolsAreBounded},
  });
}
