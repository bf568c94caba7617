// Source URLs: fetch::parse_url, resolve, local_path, allowed-sources patterns, address_policy.
// The input's lines are a URL, a Location to follow from there, and a pattern.
#include "fetch/address_policy.hpp"
#include "fetch/local_path.hpp"
#include "fetch/source_pattern.hpp"
#include "fetch/url.hpp"

#include <algorithm>

#include "tests/fuzz/targets.hpp"

namespace tailrace::fuzz {
namespace {

constexpr std::size_t bytes_max = 512;

std::string_view take_line(std::string_view& rest) noexcept {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return line;
}

bool same(const fetch::url& a, const fetch::url& b) {
  return a.scheme == b.scheme && a.host == b.host && a.port == b.port && a.target == b.target &&
         a.is_ip == b.is_ip;
}

bool is_visible(char c) noexcept {
  return c > 0x20 && c < 0x7f && c != '\\' && c != '#';
}

void check_shape(const fetch::url& u) {
  require(u.target.starts_with('/'), "a target begins with a slash");
  require(std::all_of(u.target.begin(), u.target.end(), is_visible), "a target can be sent");
  require(u.host.find_first_of("@/?%[]ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos, "a host");
  require(u.host.empty() == (u.scheme == fetch::scheme::local), "a host, except of files");
  require((u.port == 0) == (u.scheme == fetch::scheme::local), "a port, except of files");
  const auto again = fetch::parse_url(fetch::to_string(u), 8 * bytes_max);
  require(again.has_value() && same(*again, u), "a URL's text means the URL");
}

void check_path(const fetch::url& u) {
  const auto path = fetch::local_path(u.target);
  if (path.has_error()) return;
  require(!path->empty() && path->front() != '/', "a local path is relative");
  require(path->find('\0') == std::string::npos, "a local path has no NUL");
  for (std::string_view rest = *path; !rest.empty();) {
    const std::string_view segment = rest.substr(0, rest.find('/'));
    require(segment != ".." && segment != "." && !segment.empty(), "a local path goes down");
    rest.remove_prefix(std::min(segment.size() + 1, rest.size()));
  }
  fetch::content_type_of(*path);
}

// What is refused by name or address must not be reachable by its URL, and the other way round.
void check_policy(const fetch::url& u) {
  static const auto closed = fetch::address_policy::make(settings{}).value();
  static const auto opened = [] {
    settings s;
    s.allow_source_networks = {"10.0.0.0/8", "::1/128", "169.254.169.254/32"};
    s.allowed_source_ports = "1-65535";
    return fetch::address_policy::make(s).value();
  }();
  for (const auto* policy : {&closed, &opened}) {
    const bool by_url = policy->judge(u).has_value();
    if (!u.is_ip) continue;
    boost::system::error_code ec;
    const auto address = boost::asio::ip::make_address(u.host, ec);
    require(!ec, "an IP host is an address");
    const bool by_address = policy->judge({address, u.port}).has_value();
    require(by_url == by_address, "a URL and its address are judged alike");
  }
  if (closed.judge(u).has_value()) require(opened.judge(u).has_value(), "opening opens");
}

void check(const fetch::url& u) {
  check_shape(u);
  check_policy(u);
  if (u.scheme == fetch::scheme::local) check_path(u);
}

void check_pattern(const fetch::url& u, std::string_view text) {
  const auto pattern = fetch::source_pattern::parse(text);
  if (pattern.has_error() || !pattern->matches(u)) return;
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (lower.starts_with("*."))
    require(u.host.ends_with(std::string_view(lower).substr(1)), "subdomains only");
}

}  // namespace

void source_url(std::string_view input) {
  const std::string_view text = take_line(input);
  const std::string_view location = take_line(input);
  const std::string_view pattern = take_line(input);
  const auto u = fetch::parse_url(text, bytes_max);
  if (u.has_error()) {
    require(u.error().code == errc::bad_url, "one code for bad URLs");
    return;
  }
  check(*u);
  check_pattern(*u, pattern);
  const auto next = fetch::resolve(*u, location, bytes_max);
  if (next.has_error()) {
    require(next.error().code == errc::bad_url, "one code for bad locations");
    return;
  }
  check(*next);
}

}  // namespace tailrace::fuzz
