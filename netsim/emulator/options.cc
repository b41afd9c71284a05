#include "options.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace pfs::emulator {

const char kUsage[] =
    "emulator --left SPACE:DEVICE --right SPACE:DEVICE [--both SETTINGS] [--forth SETTINGS] [--back SETTINGS]\n"
    "         [--seed N] [--mtu BYTES] [--realtime PRIORITY] [--spin-micros N] [--control] [--plain]\n"
    "SETTINGS: KEY=NUMBER,… of rate-megabits delay-millis jitter-millis jitter-by-packet loss-percent\n"
    "  burst-enter-percent burst-leave-percent reorder-percent reorder-millis duplicate-percent corrupt-percent\n"
    "  corrupt-silently queue-bytes drop-above-bytes chunk-micros\n"
    "--control: the lines `counters`, `cut` and `restore` come by standard input, whose end is the end.\n"
    "SIGUSR1 prints the counters as a line of JSON, SIGUSR2 cuts the link or restores it, SIGTERM ends.\n";

namespace {

bool ReadNumber(const std::string& text, double& number) noexcept {
  char* end = nullptr;
  number = std::strtod(text.c_str(), &end);
  return !text.empty() && *end == 0 && std::isfinite(number) && number >= 0 && number <= 1e15;
}

int64_t Nanos(double millis) noexcept { return std::llround(millis * 1e6); }

bool Set(const std::string& key, double number, Settings& settings) noexcept {
  const bool is_share = key.ends_with("-percent");
  if (is_share && number > 100) return false;
  const double share = number / 100;
  if (key == "rate-megabits") settings.rate_megabits = number;
  else if (key == "delay-millis") settings.delay_nanos = Nanos(number);
  else if (key == "jitter-millis") settings.jitter_nanos = Nanos(number);
  else if (key == "jitter-by-packet") settings.jitter_by_packet = number != 0;
  else if (key == "loss-percent") settings.loss = share;
  else if (key == "burst-enter-percent") settings.burst_enter = share;
  else if (key == "burst-leave-percent") settings.burst_leave = share;
  else if (key == "reorder-percent") settings.reorder = share;
  else if (key == "reorder-millis") settings.reorder_nanos = Nanos(number);
  else if (key == "duplicate-percent") settings.duplicate = share;
  else if (key == "corrupt-percent") settings.corrupt = share;
  else if (key == "corrupt-silently") settings.corrupt_silently = number != 0;
  else if (key == "queue-bytes") settings.queue_bytes = std::llround(number);
  else if (key == "drop-above-bytes") settings.drop_above_bytes = static_cast<uint32_t>(std::fmin(number, 1 << 20));
  else if (key == "chunk-micros") settings.chunk_nanos = Nanos(number / 1000);
  else return false;
  return true;
}

bool ReadPlace(const std::string& word, TunPlace& place) {
  const size_t colon = word.find(':');
  if (colon == std::string::npos) return false;
  place = {word.substr(0, colon), word.substr(colon + 1)};
  return !place.device.empty() && place.device.size() < 16 && place.space.find('/') == std::string::npos;
}

bool ReadWhole(const std::string& word, uint64_t most, uint64_t& whole) {
  double number = 0;
  if (!ReadNumber(word, number) || number != std::floor(number) || number > static_cast<double>(most)) return false;
  whole = static_cast<uint64_t>(number);
  return true;
}

bool ReadOption(const std::string& name, const std::string& word, Options& options, std::string& complaint) {
  uint64_t whole = 0;
  if (name == "--left") return ReadPlace(word, options.left);
  if (name == "--right") return ReadPlace(word, options.right);
  if (name == "--both")
    return ReadSettings(word, options.forth, complaint) && ReadSettings(word, options.back, complaint);
  if (name == "--forth") return ReadSettings(word, options.forth, complaint);
  if (name == "--back") return ReadSettings(word, options.back, complaint);
  if (name == "--seed") return ReadWhole(word, uint64_t{1} << 49, options.seed);
  if (name == "--mtu" && ReadWhole(word, 65'535, whole)) {
    options.mtu_bytes = static_cast<int>(whole);
    return true;
  }
  if (name == "--realtime" && ReadWhole(word, 99, whole)) {
    options.realtime_priority = static_cast<int>(whole);
    return true;
  }
  if (name == "--spin-micros" && ReadWhole(word, 1'000'000, whole)) {
    options.spin_nanos = static_cast<int64_t>(whole) * 1000;
    return true;
  }
  return false;
}

}  // namespace

bool ReadSettings(const std::string& word, Settings& settings, std::string& complaint) {
  for (size_t at = 0; at < word.size();) {
    const size_t end = std::min(word.find(',', at), word.size());
    const std::string pair = word.substr(at, end - at);
    const size_t equals = pair.find('=');
    double number = 0;
    if (equals == std::string::npos || !ReadNumber(pair.substr(equals + 1), number) ||
        !Set(pair.substr(0, equals), number, settings)) {
      complaint = pair;
      return false;
    }
    at = end + 1;
  }
  if (settings.jitter_nanos > settings.delay_nanos) {
    complaint = "jitter above the delay";
    return false;
  }
  return true;
}

bool ReadOptions(int count, const char* const* words, Options& options, std::string& complaint) {
  for (int i = 1; i < count; i++) {
    const std::string name = words[i];
    if (name == "--control") options.has_control = true;
    else if (name == "--plain") options.is_plain = true;
    else if (i + 1 == count || !ReadOption(name, words[++i], options, complaint)) {
      if (complaint.empty()) complaint = name;
      return false;
    }
  }
  if (options.left.device.empty() || options.right.device.empty()) {
    complaint = "--left and --right";
    return false;
  }
  return true;
}

}  // namespace pfs::emulator
