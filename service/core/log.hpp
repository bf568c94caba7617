// The service's log: lines on standard output, access lines among them, written by one background
// thread from a bounded queue. Any thread may log; no call waits for the terminal or disk: when
// the queue is full the oldest line is dropped and counted. One object, owned by app, which must
// outlive whoever logs; its destructor writes what is queued.
#pragma once
#include "core/log_line.hpp"
#include "core/settings.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tailrace {

// One answered request. Borrows, like log_field.
struct access_line {
  std::string_view request_id;
  std::string_view client;  // address
  std::string_view method;
  std::string_view target;
  std::string_view route;
  unsigned status = 0;
  std::string_view code;  // errc name; empty = success
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  duration spent{};
  std::string_view timing;  // its stages, as Server-Timing has them
  // Of the trace that the request says it belongs to; none: it says nothing.
  std::optional<std::string_view> trace_id;
  std::optional<std::string_view> span_id;  // what its origin was told, if it has one
};

// Which requests get an access line. The choice for a ratio hangs on the request id alone, so a
// retry or a neighbour with the same id and ratio chooses the same.
class access_choice {
 public:
  // More than `slow` is slow.
  access_choice(std::string_view setting, duration slow);
  bool operator()(unsigned status, std::string_view request_id, duration took) const noexcept;

 private:
  enum class kind : std::uint8_t { none, all, errors, slow, ratio } kind_ = kind::none;
  duration slow_;
  double ratio_ = 0;
};

struct log_options {
  log_options() = default;
  explicit log_options(const settings& from);

  log_level level = log_level::info;
  log_format format = log_format::text;
  std::string access = "off";
  duration slow = std::chrono::milliseconds(120);
  std::size_t queue_lines_max = 8192;
  // Takes whole lines, on the background thread; false = could not write. None: standard output.
  std::function<bool(std::string_view line)> write;
  std::function<std::chrono::system_clock::time_point()> now = std::chrono::system_clock::now;
};

class logger {
 public:
  explicit logger(log_options options);
  logger(const logger&) = delete;
  logger& operator=(const logger&) = delete;
  ~logger();

  // Ask first where the fields cost something to make.
  bool wants(log_level level) const noexcept { return level >= level_ && level < log_level::off; }
  bool wants_access(unsigned status, std::string_view request_id, duration took) const noexcept {
    return access_(status, request_id, took);
  }

  void trace(std::string_view message, log_fields f = {}) { put(log_level::trace, message, f); }
  void debug(std::string_view message, log_fields f = {}) { put(log_level::debug, message, f); }
  void info(std::string_view message, log_fields f = {}) { put(log_level::info, message, f); }
  void warn(std::string_view message, log_fields f = {}) { put(log_level::warn, message, f); }
  void error(std::string_view message, log_fields f = {}) { put(log_level::error, message, f); }

  // Only where wants_access() said so.
  void access(const access_line& line);

  // Lines that were lost: the queue was full, or the output failed.
  std::uint64_t dropped() const;

 private:
  class backend;

  void put(log_level level, std::string_view message, log_fields f);

  log_level level_;
  log_format format_;
  access_choice access_;
  std::function<std::chrono::system_clock::time_point()> now_;
  std::unique_ptr<backend> backend_;
};

}  // namespace tailrace
