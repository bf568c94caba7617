#include "http/chunk_decoder.hpp"

#include "core/hex.hpp"
#include "http/head.hpp"

#include <boost/beast/http/field.hpp>

#include <algorithm>
#include <array>
#include <cassert>

namespace tailrace::http {
namespace {

constexpr std::size_t size_digits_max = 15;        // 2^60 bytes: no overflow to think about
constexpr std::size_t extension_bytes_max = 4096;  // over all chunks: extension floods end here
constexpr std::size_t trailer_bytes_max = 4096;

// RFC 9110 §6.5.1: fields that frame, route, authenticate or change how content is read must not
// come behind the content.
constexpr std::array<field_name, 20> forbidden_trailers{field_name::transfer_encoding,
                                                        field_name::content_length,
                                                        field_name::host,
                                                        field_name::connection,
                                                        field_name::keep_alive,
                                                        field_name::proxy_connection,
                                                        field_name::forwarded,
                                                        field_name::trailer,
                                                        field_name::te,
                                                        field_name::upgrade,
                                                        field_name::authorization,
                                                        field_name::proxy_authorization,
                                                        field_name::cookie,
                                                        field_name::set_cookie,
                                                        field_name::content_encoding,
                                                        field_name::content_type,
                                                        field_name::content_range,
                                                        field_name::expect,
                                                        field_name::max_forwards,
                                                        field_name::range};

bool is_control(char c) noexcept {
  const auto u = static_cast<unsigned char>(c);
  return (u < 0x20 && c != '\t') || u == 0x7f;
}

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           others.find(c) != std::string_view::npos;
  });
}

bool is_forbidden_trailer(std::string_view name) noexcept {
  // X-Forwarded-For and its like say whom the request comes from and where it goes.
  constexpr std::string_view forwarded = "x-forwarded-";
  if (equal_ignoring_case(name.substr(0, forwarded.size()), forwarded)) return true;
  const auto id = boost::beast::http::string_to_field({name.data(), name.size()});
  return std::find(forbidden_trailers.begin(), forbidden_trailers.end(), id) !=
         forbidden_trailers.end();
}

}  // namespace

result<chunk_decoder::step> chunk_decoder::next(std::span<const std::byte> input) {
  step s;
  while (s.consumed < input.size() && !done()) {
    if (state_ == state::data) {
      const auto n =
          static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - s.consumed));
      s.data = input.subspan(s.consumed, n);
      s.consumed += n;
      take(n);
      return s;
    }
    const auto fed = feed(static_cast<char>(input[s.consumed]));
    if (fed.has_error()) return fed.error();
    ++s.consumed;
  }
  return s;
}

void chunk_decoder::take(std::uint64_t n) noexcept {
  assert(state_ == state::data && n <= left_);
  left_ -= n;
  if (left_ == 0) state_ = state::data_cr;
}

result<void> chunk_decoder::feed(char c) {
  switch (state_) {
    case state::size_first:
    case state::size:
      return feed_size(c);
    case state::extension:
      if (c == '\r') {
        state_ = state::size_lf;
        return {};
      }
      if (is_control(c)) return refuse("a control character in a chunk extension");
      if (++extension_bytes_ > extension_bytes_max) return refuse("chunk extensions are too long");
      return {};
    case state::size_lf:
      if (c != '\n') return refuse("a chunk size line does not end with CRLF");
      return end_size_line();
    case state::data_cr:
      if (c != '\r') return refuse("no CRLF after a chunk");
      state_ = state::data_lf;
      return {};
    case state::data_lf:
      if (c != '\n') return refuse("no CRLF after a chunk");
      state_ = state::size_first;
      return {};
    case state::trailer:
    case state::trailer_lf:
      return feed_trailer(c);
    case state::data:
    case state::done:
      break;
  }
  assert(false);
  return {};
}

result<void> chunk_decoder::feed_size(char c) {
  if (const int digit = hex_digit(c); digit >= 0) {
    if (state_ == state::size_first) {
      left_ = 0;
      digits_ = 0;
    }
    state_ = state::size;
    if (++digits_ > size_digits_max) return refuse("a chunk size is too large");
    left_ = left_ * 16 + static_cast<unsigned>(digit);
    return {};
  }
  if (state_ == state::size_first) return refuse("a chunk size is missing or not hexadecimal");
  if (c == ';') {
    state_ = state::extension;
  } else if (c == '\r') {
    state_ = state::size_lf;
  } else {
    return refuse("a chunk size is not hexadecimal");
  }
  return {};
}

result<void> chunk_decoder::end_size_line() {
  state_ = left_ > 0 ? state::data : state::trailer;
  return {};
}

result<void> chunk_decoder::feed_trailer(char c) {
  if (++trailer_bytes_ > trailer_bytes_max) return refuse("the trailer section is too large");
  if (state_ == state::trailer_lf) {
    if (c != '\n') return refuse("a bare CR in the trailer section");
    return end_trailer_line();
  }
  if (c == '\r') {
    state_ = state::trailer_lf;
    return {};
  }
  if (is_control(c)) return refuse("a control character in the trailer section");
  line_.push_back(c);
  return {};
}

result<void> chunk_decoder::end_trailer_line() {
  if (line_.empty()) {
    state_ = state::done;
    return {};
  }
  const std::string_view line = line_;
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return refuse("a malformed trailer field");
  if (is_forbidden_trailer(line.substr(0, colon)))
    return refuse("a trailer field that frames or routes");
  line_.clear();
  state_ = state::trailer;
  return {};
}

}  // namespace tailrace::http
