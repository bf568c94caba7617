#include "http/head_scanner.hpp"

#include <algorithm>
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
    // Before the byte is looked at: what lies beyond a limit must not decide how the head is
    // refused, or the answer would depend on the split.
    const std::size_t most = limit();
    if (position_ >= most) return too_long();
    const char c = received[position_];
    if (after_cr_) {
      if (c != '\n') return error(errc::bad_request, "a bare CR in the header section");
      after_cr_ = false;
      ++position_;
      const auto ended = end_line();
      if (ended.has_error()) return ended.error();
      if (*ended) return std::optional(position_);
      continue;
    }
    if (position_ == line_start_ && (c == ' ' || c == '\t'))
      return error(errc::bad_request, "a line of the header section starts with white space");
    const std::size_t end = std::min(received.size(), most);
    while (position_ < end && plain[static_cast<unsigned char>(received[position_])]) ++position_;
    if (position_ == end) continue;
    if (received[position_] == '\n')
      return error(errc::bad_request, "a line of the header section ends with a bare LF");
    if (received[position_] != '\r')
      return error(errc::bad_request, "a control character in the header section");
    after_cr_ = true;
    ++position_;
  }
  return std::optional<std::size_t>();
}

// True at the empty line that ends the head.
result<bool> head_scanner::end_line() {
  const bool empty = position_ - line_start_ == 2;
  line_start_ = position_;
  if (!empty) {
    if (lines_++ > limits_.fields_max)
      return error(errc::header_too_large, "too many header fields");
    return false;
  }
  if (lines_ > 0) return true;
  start_ = position_;
  if (start_ > 2 * empty_lines_max)
    return error(errc::bad_request, "empty lines before the request");
  return false;
}

std::size_t head_scanner::limit() const noexcept {
  const std::size_t most = limits_.bytes_max;
  return start_ + (lines_ == 0 ? std::min(limits_.line_max, most) : most);
}

error head_scanner::too_long() const {
  if (lines_ == 0 && limits_.line_max <= limits_.bytes_max)
    return error(errc::uri_too_long, "the start line is too long");
  return error(errc::header_too_large, "the header section is too large");
}

}  // namespace tailrace::http
