#include "report.h"

#include <cstdio>

namespace pfs::emulator {

namespace {

std::string Number(const char* name, uint64_t value) {
  return std::string("\"") + name + "\":" + std::to_string(value);
}

// To a tenth: the histogram is no finer.
std::string Micros(const char* name, uint64_t nanos) {
  char text[64];
  std::snprintf(text, sizeof text, "\"%s\":%.1f", name, static_cast<double>(nanos) / 1000);
  return text;
}

std::string Direction(const Link& link) {
  const Counters& c = link.counters();
  const std::string lateness = Micros("p50", c.lateness.QuantileNanos(0.5)) + "," +
                               Micros("p99", c.lateness.QuantileNanos(0.99)) + "," +
                               Micros("max", c.lateness.max_nanos());
  return "{" + Number("packetsIn", c.packets_in) + "," + Number("bytesIn", c.bytes_in) + "," +
         Number("packetsDelivered", c.packets_delivered) + "," + Number("bytesDelivered", c.bytes_delivered) + "," +
         Number("queueDrops", c.queue_drops) + "," + Number("lostRandom", c.lost_random) + "," +
         Number("lostBurst", c.lost_burst) + "," + Number("lostTooBig", c.lost_too_big) + "," +
         Number("lostCut", c.lost_cut) + "," + Number("lostOverflow", c.lost_overflow) + "," +
         Number("lostRefused", c.lost_refused) + "," + Number("reordered", c.reordered) + "," +
         Number("duplicated", c.duplicated) + "," + Number("corrupted", c.corrupted) + "," +
         Number("queueBytesMax", static_cast<uint64_t>(link.clock().queued_bytes_max())) + "," +
         Micros("idleMicros", static_cast<uint64_t>(link.clock().idle_nanos())) + ",\"latenessMicros\":{" + lateness + "}}";
}

}  // namespace

std::string Report(const Link& forth, const Link& back, bool is_realtime, double cpu_seconds) {
  char cpu[64];
  std::snprintf(cpu, sizeof cpu, "%.3f", cpu_seconds);
  return "{\"forth\":" + Direction(forth) + ",\"back\":" + Direction(back) +
         ",\"isRealtime\":" + (is_realtime ? "true" : "false") + ",\"cpuSeconds\":" + cpu + "}";
}

}  // namespace pfs::emulator
