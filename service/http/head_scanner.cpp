#include "http/head_scanner.hpp"

#include <array>

namespace tailrace::http {
namespace {

constexpr std::size_t empty_lines_max = 4;

// Control characters have no place in a head; HTAB is white space, CR and LF are looked at apart.
constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> plain{};
  for (int c = 0; c < 256; ++c)
    plain[static_cast<std::size_t>(c)] = (c >= 0x20 && c != 0x7f) || c == '\t';
  return plain;
}
constexpr auto plain = make_plain();

}  // namespace

result<std::optional<std::size_t>> head_scanner::scan(std::string_view received) {
  while (position_ < received.size()) {
    const auto c = static_cast<unsigned char>(received[position_]);
    if (after_cr_) {
      if (c != '\n') return error(errc::bad_request, "a bare CR in the header section");
      after_cr_ = false;
      ++position_;
      const auto ended = end_line();
      if (ended.has_error()) return ended.error();
      if (*ended) return std::optional(position_);
      line_start_ = position_;
      continue;
    }
    if (c == '\r') {
      after_cr_ = true;
    } else if (!plain[c]) {
      if (c == '\n')
        return error(errc::bad_request, "a line of the header section ends with a bare LF");
      return error(errc::bad_request, "a control character in the header section");
    } else if (position_ == line_start_ && (c == ' ' || c == '\t')) {
      return error(errc::bad_request, "a line of the header section starts with white space");
    }
    ++position_;
  }
  const auto fits = check_limits();
  if (fits.has_error()) return fits.error();
  return std::optional<std::size_t>();
}

// True at the empty line that ends the head.
result<bool> head_scanner::end_line() {
  const bool empty = position_ - line_start_ == 2;
  if (empty && lines_ == 0) {
    start_ = position_;
    if (start_ > 2 * empty_lines_max)
      return error(errc::bad_request, "empty lines before the request");
    return false;
  }
  const auto fits = check_limits();
  if (fits.has_error()) return fits.error();
  if (empty) return true;
  if (lines_++ > limits_.fields_max) return error(errc::header_too_large, "too many header fields");
  return false;
}

result<void> head_scanner::check_limits() const {
  if (lines_ == 0 && position_ - start_ > limits_.line_max)
    return error(errc::uri_too_long, "the start line is too long");
  if (position_ - start_ > limits_.bytes_max)
    return error(errc::header_too_large, "the header section is too large");
  return {};
}

}  // namespace tailrace::http
