#include "cli/progress_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace tailrace::cli {
namespace {

// 0 to 1, or less than 0 where there is no telling.
double fraction_of(const progress_state& at) noexcept {
  const auto share = [](std::uint64_t part, std::uint64_t whole) {
    return std::min(1.0, static_cast<double>(part) / static_cast<double>(whole));
  };
  if (at.bytes_total != 0) return share(at.bytes, at.bytes_total);
  if (at.items_total != 0) return share(at.items, at.items_total);
  return -1;
}

std::string bar(double fraction, std::size_t columns) {
  std::string out(columns, ' ');
  const auto full = static_cast<std::size_t>(fraction * static_cast<double>(columns));
  std::fill_n(out.begin(), full, '=');
  if (full < columns) out[full] = '>';
  return "[" + out + "]  ";
}

}  // namespace

std::string readable_bytes(double n) {
  constexpr std::array<const char*, 6> units{"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  // What would be written as 1000.0 is one of the next unit.
  for (; n >= 999.95 && unit + 1 < units.size(); ++unit) n /= 1000;
  std::array<char, 32> room;
  std::snprintf(room.data(), room.size(), unit == 0 ? "%.0f %s" : "%.1f %s", n, units[unit]);
  return room.data();
}

std::string progress_text(const progress_state& at, std::size_t columns) {
  const double seconds = std::chrono::duration<double>(at.spent).count();
  std::string words = std::to_string(at.items);
  if (at.items_total != 0) words.append("/").append(std::to_string(at.items_total));
  words += "  " + readable_bytes(static_cast<double>(at.bytes));
  if (at.bytes_total != 0) words += " of " + readable_bytes(static_cast<double>(at.bytes_total));
  if (seconds > 0) words += "  " + readable_bytes(static_cast<double>(at.bytes) / seconds) + "/s";
  constexpr std::size_t bar_least = 10, bar_most = 40, frame = 4;
  const double fraction = fraction_of(at);
  if (fraction >= 0 && columns >= words.size() + frame + bar_least)
    words.insert(0, bar(fraction, std::min(bar_most, columns - words.size() - frame)));
  return words.substr(0, columns);
}

}  // namespace tailrace::cli
