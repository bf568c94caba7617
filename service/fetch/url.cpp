#include "fetch/url.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace tailrace::fetch {
namespace {

namespace asio = boost::asio;
namespace urls = boost::urls;

constexpr std::size_t host_bytes_max = 253;  // RFC 1035 §2.3.4, in presentation form
constexpr std::size_t label_bytes_max = 63;

error bad(std::string why) {
  return error(errc::bad_url, std::move(why));
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

result<void> check_characters(std::string_view text) {
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u >= 0x80)
      return bad("not ASCII: write an international host as punycode, percent-encode the rest");
    if (u <= 0x20 || u == 0x7f) return bad("a space or control character");
    if (c == '\\') return bad("a backslash");
  }
  return {};
}

std::optional<scheme> scheme_of(std::string_view name) {
  const std::string text = lower(name);
  for (const scheme s : {scheme::http, scheme::https, scheme::local})
    if (text == name_of(s)) return s;
  return std::nullopt;
}

// As in the WHATWG URL standard ("ends in a number"): such a host is an IPv4 address to some
// resolver, whatever its other labels are.
bool ends_in_number(std::string_view host) noexcept {
  const auto dot = host.rfind('.');
  std::string_view last = dot == std::string_view::npos ? host : host.substr(dot + 1);
  if (std::all_of(last.begin(), last.end(), is_digit)) return true;
  if (!last.starts_with("0x")) return false;
  last.remove_prefix(2);
  return last.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// Four decimal octets without leading zeros; inet_pton would do, but says nothing of its
// strictness.
bool is_dotted_quad(std::string_view host) noexcept {
  for (int octets = 1;; ++octets) {
    const std::string_view octet = host.substr(0, host.find('.'));
    if (octet.empty() || octet.size() > 3 || !std::all_of(octet.begin(), octet.end(), is_digit))
      return false;
    if (octet.size() > 1 && octet.front() == '0') return false;
    if (octet.size() == 3 && octet > "255") return false;
    if (octet.size() == host.size()) return octets == 4;
    host.remove_prefix(octet.size() + 1);
  }
}

result<void> check_name(std::string_view host) {
  if (host.size() > host_bytes_max) return bad("the host is too long");
  if (host.ends_with('.')) return bad("the host ends with a dot");
  for (std::string_view rest = host;;) {
    const std::string_view label = rest.substr(0, rest.find('.'));
    if (label.empty() || label.size() > label_bytes_max)
      return bad("a label of the host is empty or too long");
    for (const char c : label)
      if (!is_digit(c) && !(c >= 'a' && c <= 'z') && c != '-' && c != '_')
        return bad("the host has a character that names have not");
    if (label.size() == rest.size()) return {};
    rest.remove_prefix(label.size() + 1);
  }
}

// `text` is what stood between "//" and the path. Taken apart here and not by Boost.URL, which up
// to 1.81 reads "127.0.0.1.example.com" as the address 127.0.0.1 and a path ".example.com".
struct authority {
  std::string_view host;  // with brackets, if any
  std::string_view port;
};

authority split(std::string_view text) noexcept {
  const auto bracket = text.rfind(']');
  const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon == std::string_view::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

result<void> take_host(std::string_view text, url& to) {
  if (text.empty()) return bad("the host is missing");
  if (text.find('%') != std::string_view::npos) return bad("a percent-encoded host");
  to.host = lower(text);
  if (text.front() == '[') {
    if (text.back() != ']') return bad("an unfinished IPv6 address");
    boost::system::error_code ec;
    const auto address = asio::ip::make_address_v6(to.host.substr(1, to.host.size() - 2), ec);
    if (ec) return bad("not an IPv6 address");
    to.host = address.to_string();
    to.is_ip = true;
    return {};
  }
  if (!ends_in_number(to.host)) return check_name(to.host);
  if (!is_dotted_quad(to.host)) return bad("a numeric host other than four plain decimal octets");
  to.is_ip = true;
  return {};
}

result<void> take_port(std::string_view text, url& to) {
  to.port = default_port(to.scheme);
  if (text.empty()) return {};
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), to.port);
  if (ec != std::errc{} || end != text.data() + text.size() || to.port == 0)
    return bad("the port is not in 1..65535");
  return {};
}

result<void> take_authority(std::string_view text, url& to) {
  if (to.scheme == scheme::local) {
    if (!text.empty()) return bad("local: takes no host: local:///path");
    return {};
  }
  if (text.find('@') != std::string_view::npos) return bad("a user name in the URL");
  const authority parts = split(text);
  auto taken = take_host(parts.host, to);
  return taken.has_error() ? taken : take_port(parts.port, to);
}

// `text` is everything behind the authority.
result<void> take_target(std::string_view text, url& to) {
  text = text.substr(0, text.find('#'));
  if (!text.starts_with('/')) to.target.push_back('/');
  to.target.append(text);
  if (boost::urls::parse_origin_form(to.target).has_error())
    return bad("a character in the path or query that must be percent-encoded");
  if (to.scheme == scheme::local && to.target.find('?') != std::string::npos)
    return bad("local: takes no query");
  return {};
}

// RFC 3986 §5.2.4, for a path that begins with "/".
std::string without_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    const bool up = segment == "/..";
    if (up) out.erase(std::min(out.rfind('/'), out.size()));
    if (!up && segment != "/.") out.append(segment);
    if (path.empty() && (up || segment == "/.")) out.push_back('/');
  }
  return out;
}

// A reference that is a path of its own or continues the base's (RFC 3986 §5.2.2 and §5.2.3).
std::string merged(std::string_view base_target, std::string_view reference) {
  if (reference.empty()) return std::string(base_target);
  const std::string_view base_path = base_target.substr(0, base_target.find('?'));
  if (reference.front() == '?') return std::string(base_path).append(reference);
  const std::string_view path = reference.substr(0, reference.find('?'));
  std::string whole;
  if (path.front() != '/') whole = base_path.substr(0, base_path.rfind('/') + 1);
  whole.append(path);
  return without_dot_segments(whole).append(reference.substr(path.size()));
}

std::string origin_of(const url& u) {
  std::string text(name_of(u.scheme));
  text.append("://");
  if (u.scheme != scheme::local) text.append(authority_of(u));
  return text;
}

}  // namespace

std::string_view name_of(scheme s) noexcept {
  switch (s) {
    case scheme::http:
      return "http";
    case scheme::https:
      return "https";
    case scheme::local:
      break;
  }
  return "local";
}

std::uint16_t default_port(scheme s) noexcept {
  if (s == scheme::local) return 0;
  return s == scheme::https ? 443 : 80;
}

result<url> parse_url(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) return bad("the URL is too long");
  if (auto checked = check_characters(text); checked.has_error()) return checked.error();
  const auto colon = text.find(':');
  const auto known = scheme_of(text.substr(0, colon));
  if (colon == std::string_view::npos || !known)
    return bad("the scheme is not http, https or local");
  text.remove_prefix(colon + 1);
  if (!text.starts_with("//")) return bad("\"//\" is missing after the scheme");
  text.remove_prefix(2);
  const std::string_view authority = text.substr(0, text.find_first_of("/?#"));
  url to;
  to.scheme = *known;
  if (auto taken = take_authority(authority, to); taken.has_error()) return taken.error();
  if (auto taken = take_target(text.substr(authority.size()), to); taken.has_error())
    return taken.error();
  return to;
}

result<url> resolve(const url& base, std::string_view location, std::size_t bytes_max) {
  location = location.substr(0, location.find('#'));
  const auto mark = location.find_first_of(":/?");
  if (mark != std::string_view::npos && location[mark] == ':')
    return parse_url(location, bytes_max);
  std::string whole;
  if (location.starts_with("//")) {
    whole = name_of(base.scheme);
    whole.append(":").append(location);
  } else {
    whole = origin_of(base).append(merged(base.target, location));
  }
  return parse_url(whole, bytes_max);
}

std::string authority_of(const url& u) {
  const bool v6 = u.host.find(':') != std::string::npos;
  std::string text;
  text.append(v6 ? "[" : "").append(u.host).append(v6 ? "]" : "");
  if (u.port != default_port(u.scheme)) text.append(":").append(std::to_string(u.port));
  return text;
}

std::string to_string(const url& u) {
  return origin_of(u).append(u.target);
}

}  // namespace tailrace::fetch
