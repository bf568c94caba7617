// Finds the end of a message head in bytes as they arrive and refuses, on the raw bytes, what a
// lenient parser would let through: RFC 9112 §2.2 (bare CR or LF as line ends), §5.2 (obs-fold),
// RFC 9110 §5.5 (NUL and control characters). Pure and incremental: the answer does not depend on
// how the bytes were split.
#pragma once
#include "core/error.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace tailrace::http {

struct head_limits {
  std::size_t bytes_max = 16384;  // whole header section; more is errc::header_too_large (431)
  std::size_t fields_max = 100;   // more is errc::header_too_large
  std::size_t line_max = 8192;    // start line; more is errc::uri_too_long (414)
};

class head_scanner {
 public:
  explicit head_scanner(const head_limits& limits) noexcept : limits_(limits) {}

  // `received` is everything received since the head's first byte, the bytes seen by earlier
  // calls included (they are not looked at again). Returns the size of the head with its final
  // empty line, or none when more is needed; errc::bad_request, header_too_large or uri_too_long.
  // Empty lines before the start line are part of the head (RFC 9112 §2.2): see start().
  result<std::optional<std::size_t>> scan(std::string_view received);

  // Where the start line begins: behind empty lines that came first.
  std::size_t start() const noexcept { return start_; }

  // Whether anything but empty lines has arrived: a close before that is no error.
  bool begun() const noexcept { return position_ > start_; }

  void reset() noexcept { *this = head_scanner(limits_); }

 private:
  result<bool> end_line();
  std::size_t limit() const noexcept;  // position that the line being received must not reach
  error too_long() const;

  head_limits limits_;
  std::size_t position_ = 0;  // next byte to look at
  std::size_t line_start_ = 0;
  std::size_t start_ = 0;
  std::size_t lines_ = 0;
  bool after_cr_ = false;
};

}  // namespace tailrace::http
