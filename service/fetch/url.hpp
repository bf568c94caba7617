// Source URLs as values, parsed strictly: what two parsers could read differently is refused
// rather than repaired, since the address policy and the origin must mean the same host. Pure.
#pragma once
#include "core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::fetch {

enum class scheme : std::uint8_t { http, https, local };
std::string_view name_of(scheme s) noexcept;

struct url {
  fetch::scheme scheme = scheme::http;
  std::string host;        // lower case; IPv6 without brackets, in its canonical form
  std::uint16_t port = 0;  // the scheme's default when none was given; 0 for local
  std::string target;      // path and query as given, at least "/"; never a fragment
  bool is_ip = false;
};

// Every refusal is errc::bad_url with the reason:
// - schemes other than http, https, local; no "//"; a backslash, space, control or non-ASCII
//   character anywhere; more than `bytes_max` bytes; userinfo, also an empty one
// - hosts that are empty, percent-encoded, of other characters than letters, digits, "-", "_" and
//   ".", with an empty label or a trailing dot (one name, one spelling); international names must
//   be written as punycode (xn--)
// - hosts whose last label is a number (127.1, 0x7f.1, 2130706433, 0177.0.0.1, 1.2.3) unless they
//   are four plain decimal octets; IPv6 outside brackets or with a zone
// - port 0 or beyond 65535; an empty port means the default
// - local: a host, port or query
// The path keeps its percent-encoding: what was given is what is sent. The fragment is dropped.
result<url> parse_url(std::string_view text, std::size_t bytes_max);

// Where a Location field leads, by RFC 3986 §5: errc::bad_url as above.
result<url> resolve(const url& base, std::string_view location, std::size_t bytes_max);

// host[:port] as a Host field and a URL spell it: IPv6 in brackets, no default port.
std::string authority_of(const url& u);
std::string to_string(const url& u);

std::uint16_t default_port(scheme s) noexcept;

}  // namespace tailrace::fetch
