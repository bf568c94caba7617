// Splits bytes that arrive in pieces into lines, each of a limited size. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tailrace::http {

class line_splitter {
 public:
  struct line {
    std::uint64_t number = 0;  // from 1, empty ones counted
    std::string_view text;     // without its end, LF or CRLF; valid until the next call
    bool too_long = false;     // then `text` is empty
  };

  explicit line_splitter(std::size_t line_bytes_max) noexcept : most_(line_bytes_max) {}

  // The next line that ends in `input`, of which what it took is removed; empty ones are passed
  // over. None when `input` is used up: its rest is kept.
  std::optional<line> next(std::string_view& input);

  // What is left at the end of the input, where the last line lacks its end.
  std::optional<line> last();

 private:
  std::optional<line> complete(std::string_view text) noexcept;
  void keep(std::string_view part);

  const std::size_t most_;
  std::uint64_t number_ = 0;
  std::string begun_;      // of a line whose end has not come
  bool returned_ = false;  // begun_ is what the last call returned
  bool skipping_ = false;  // a line that is too long
};

}  // namespace tailrace::http
