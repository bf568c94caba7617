#include "net/proxy_protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace tailrace::net {
namespace {

constexpr std::string_view signature_v1 = "PROXY ";
constexpr std::string_view signature_v2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t size_max_v1 = 107;  // its section 2.1, CRLF included
constexpr std::size_t fixed_part_v2 = 16;
constexpr std::size_t size_max_v2 = 4096;

error malformed() {
  return error(errc::bad_request, "the PROXY header is malformed");
}

unsigned byte_at(std::string_view text, std::size_t i) noexcept {
  return static_cast<unsigned char>(text[i]);
}

bool is_port(std::string_view text) noexcept {
  unsigned port = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool padded = text.size() > 1 && text.front() == '0';
  return bad == std::errc{} && end == text.data() + text.size() && port <= 65535 && !padded;
}

template <class Address>
Address address_at(std::string_view text, std::size_t i) noexcept {
  typename Address::bytes_type bytes;
  std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(i), bytes.size(), bytes.begin());
  return Address(bytes);
}

}  // namespace

result<std::size_t> proxy_header::feed(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !complete_) {
    const auto ended = take(bytes[taken++]);
    if (ended.has_error()) return ended.error();
    complete_ = *ended;
  }
  return taken;
}

// True with the last byte of the header.
result<bool> proxy_header::take(char c) {
  text_.push_back(c);
  const std::string_view text = text_;
  const bool v1 = text.substr(0, signature_v1.size()) == signature_v1.substr(0, text.size());
  const bool v2 = text.substr(0, signature_v2.size()) == signature_v2.substr(0, text.size());
  if (v1) {
    if (!text.ends_with("\r\n")) {
      if (text.size() >= size_max_v1) return malformed();
      return false;
    }
    if (const auto parsed = parse_v1(); parsed.has_error()) return parsed.error();
    return true;
  }
  if (!v2) return malformed();
  if (text.size() < fixed_part_v2) return false;
  size_ = fixed_part_v2 + (byte_at(text, 14) << 8 | byte_at(text, 15));
  if (size_ > size_max_v2) return malformed();
  if (text.size() < size_) return false;
  if (const auto parsed = parse_v2(); parsed.has_error()) return parsed.error();
  return true;
}

// PROXY TCP4 192.0.2.1 192.0.2.2 56324 443, or PROXY UNKNOWN and anything.
result<void> proxy_header::parse_v1() {
  std::string_view line = text_;
  line = line.substr(signature_v1.size(), line.size() - signature_v1.size() - 2);
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return {};
  std::vector<std::string_view> words;
  for (;;) {
    const auto space = line.find(' ');
    words.push_back(line.substr(0, space));
    if (space == std::string_view::npos) break;
    line.remove_prefix(space + 1);
  }
  if (words.size() != 5 || !is_port(words[3]) || !is_port(words[4])) return malformed();
  for (const std::size_t i : {1U, 2U}) {
    boost::system::error_code ec;
    const auto a = boost::asio::ip::make_address(std::string(words[i]), ec);
    const bool right = words[0] == "TCP4" ? a.is_v4() : words[0] == "TCP6" && a.is_v6();
    if (ec || !right) return malformed();
    if (i == 1) client_ = io::unmapped(a);
  }
  return {};
}

result<void> proxy_header::parse_v2() {
  const std::string_view text = text_;
  const unsigned command = byte_at(text, 12);
  const unsigned family = byte_at(text, 13);
  if (command == 0x20) return {};  // LOCAL: the balancer's own, a health check
  if (command != 0x21) return malformed();
  const std::size_t addresses = size_ - fixed_part_v2;
  switch (family) {
    case 0x11:
      if (addresses < 12) return malformed();
      client_ = address_at<io::address_v4>(text, fixed_part_v2);
      return {};
    case 0x21:
      if (addresses < 36) return malformed();
      client_ = io::unmapped(address_at<io::address_v6>(text, fixed_part_v2));
      return {};
    case 0x00:
    case 0x31:
      return {};
    default:
      return malformed();
  }
}

io::awaitable<result<std::optional<io::address>>> receive_proxy_header(connection& c) {
  proxy_header header;
  std::array<char, 512> peeked;
  bool begun = false;
  while (!header.complete()) {
    boost::system::error_code ec;
    const std::size_t n = co_await c.peek(peeked, ec);
    if (c.late()) co_return error(errc::request_timeout, "the PROXY header arrives too slowly");
    if (ec || n == 0) {
      if (begun) co_return error(errc::bad_request, "the PROXY header broke off");
      co_return error(errc::client_gone);
    }
    begun = true;
    const auto taken = header.feed(std::string_view(peeked.data(), n));
    if (taken.has_error()) co_return taken.error();
    c.discard(*taken);
  }
  co_return header.client();
}

}  // namespace tailrace::net
