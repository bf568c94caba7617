#include "core/log_line.hpp"

#include "core/escape.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tailrace {
namespace {

constexpr std::array<std::string_view, 6> names{"trace", "debug", "info", "warn", "error", "off"};

template <class Number>
void append_number(std::string& out, Number value) {
  std::array<char, 32> room;
  out.append(room.data(), std::to_chars(room.data(), room.data() + room.size(), value).ptr);
}

void append_padded(std::string& out, unsigned value, unsigned width) {
  std::array<char, 10> room;
  for (unsigned i = width; i != 0; --i, value /= 10)
    room[i - 1] = static_cast<char>('0' + value % 10);
  out.append(room.data(), width);
}

bool needs_quotes(std::string_view text) {
  return text.empty() || text.find_first_of(" \"=\\") != text.npos || !is_plain_text(text);
}

std::string_view shortened(std::string_view text) {
  return text.substr(0, log_value_bytes_max);
}

struct text_writer {
  std::string& out;

  void operator()(std::monostate) const {}
  void operator()(std::string_view text) const {
    text = shortened(text);
    if (needs_quotes(text))
      append_quoted(out, text);
    else
      out += text;
  }
  void operator()(bool truth) const { out += truth ? "true" : "false"; }
  template <class Number>
  void operator()(Number n) const {
    append_number(out, n);
  }
};

struct json_writer {
  std::string& out;

  void operator()(std::monostate) const {}
  void operator()(std::string_view text) const { append_json(out, shortened(text)); }
  void operator()(bool truth) const { out += truth ? "true" : "false"; }
  // JSON has no infinities.
  void operator()(double n) const {
    if (std::isfinite(n))
      append_number(out, n);
    else
      out += "null";
  }
  template <class Number>
  void operator()(Number n) const {
    append_number(out, n);
  }
};

}  // namespace

std::string_view name_of(log_level level) noexcept {
  return names[static_cast<std::size_t>(level)];
}

log_level log_level_of(std::string_view name) noexcept {
  const auto at = std::find(names.begin(), names.end(), name);
  return static_cast<log_level>(at == names.end() ? 2 : at - names.begin());
}

void append_time(std::string& out, std::chrono::system_clock::time_point at) {
  using namespace std::chrono;
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(floor<milliseconds>(at - day));
  append_padded(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  append_padded(out += '-', static_cast<unsigned>(date.month()), 2);
  append_padded(out += '-', static_cast<unsigned>(date.day()), 2);
  append_padded(out += 'T', static_cast<unsigned>(time.hours().count()), 2);
  append_padded(out += ':', static_cast<unsigned>(time.minutes().count()), 2);
  append_padded(out += ':', static_cast<unsigned>(time.seconds().count()), 2);
  append_padded(out += '.', static_cast<unsigned>(time.subseconds().count()), 3);
  out += 'Z';
}

std::string log_line(log_format format, std::chrono::system_clock::time_point at,
                     std::string_view level, std::string_view message, log_fields values) {
  std::string out;
  out.reserve(256);
  if (format == log_format::json) {
    append_time(out += R"({"time":")", at);
    ((out += R"(","level":")") += level) += R"(","message":)";
    append_json(out, shortened(message));
    for (const auto& each : values) {
      if (each.is_absent()) continue;
      ((out += ",\"") += each.key()) += "\":";
      std::visit(json_writer{out}, each.value());
    }
    return out += '}';
  }
  append_time(out, at);
  ((out += ' ') += level) += ' ';
  if (is_plain_text(shortened(message)))
    out += shortened(message);
  else
    append_quoted(out, shortened(message));
  for (const auto& each : values) {
    if (each.is_absent()) continue;
    ((out += ' ') += each.key()) += '=';
    std::visit(text_writer{out}, each.value());
  }
  return out;
}

}  // namespace tailrace
