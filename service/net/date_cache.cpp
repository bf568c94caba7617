#include "net/date_cache.hpp"

#include <array>

namespace tailrace::net {

void date_cache::format(std::time_t t) {
  // strftime's %a and %b follow the locale; the header must not.
  static constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm utc{};
  gmtime_r(&t, &utc);
  std::array<char, 64> clock{};
  std::strftime(clock.data(), clock.size(), "%Y %H:%M:%S GMT", &utc);
  std::array<char, 8> day{};
  std::strftime(day.data(), day.size(), "%d", &utc);
  text_.assign("Date: ")
      .append(days[static_cast<std::size_t>(utc.tm_wday)])
      .append(", ")
      .append(day.data())
      .append(" ")
      .append(months[static_cast<std::size_t>(utc.tm_mon)])
      .append(" ")
      .append(clock.data())
      .append("\r\n");
  formatted_ = t;
}

}  // namespace tailrace::net
