// Log lines as text: pure. Whatever bytes a message or value holds, a line stays one line, and a
// JSON line stays one JSON object.
#pragma once
#include "core/clock.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace tailrace {

enum class log_level : std::uint8_t { trace, debug, info, warn, error, off };
enum class log_format : std::uint8_t { text, json };

std::string_view name_of(log_level level) noexcept;
log_level log_level_of(std::string_view name) noexcept;  // of a valid setting

// One key and value. Borrows: it lives for the call it is an argument of. Keys are ours, never
// from outside.
class log_field {
 public:
  log_field(std::string_view key, std::string_view text) : key_(key), value_(text) {}
  // None: the field is left out.
  log_field(std::string_view key, std::optional<std::string_view> text) : key_(key) {
    if (text) value_ = *text;
  }
  log_field(std::string_view key, const char* text) : log_field(key, std::string_view(text)) {}
  log_field(std::string_view key, const std::string& text)
      : log_field(key, std::string_view(text)) {}
  log_field(std::string_view key, bool truth) : key_(key), value_(truth) {}
  log_field(std::string_view key, double number) : key_(key), value_(number) {}
  template <std::signed_integral Number>
  log_field(std::string_view key, Number n) : key_(key), value_(std::int64_t{n}) {}
  template <std::unsigned_integral Number>
    requires(!std::same_as<Number, bool>)
  log_field(std::string_view key, Number n) : key_(key), value_(std::uint64_t{n}) {}

  std::string_view key() const noexcept { return key_; }
  bool is_absent() const noexcept { return value_.index() == 0; }
  const auto& value() const noexcept { return value_; }

 private:
  std::string_view key_;
  std::variant<std::monostate, std::string_view, bool, double, std::int64_t, std::uint64_t> value_;
};

using log_fields = std::initializer_list<log_field>;

// Longer values are cut, so that a queue of lines is bounded in bytes too.
inline constexpr std::size_t log_value_bytes_max = 1024;

// 2026-01-31T12:00:00.123Z (RFC 3339, UTC, milliseconds).
void append_time(std::string& out, std::chrono::system_clock::time_point at);

// text: `2026-01-31T12:00:00.123Z info listening address=0.0.0.0:8080 port=8080`; values that
//       could be misread are quoted.
// json: `{"time":"…","level":"info","message":"listening","address":"0.0.0.0:8080","port":8080}`
// Without the line break.
std::string log_line(log_format format, std::chrono::system_clock::time_point at,
                     std::string_view level, std::string_view message, log_fields values);

}  // namespace tailrace
