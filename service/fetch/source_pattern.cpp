#include "fetch/source_pattern.hpp"

#include <algorithm>

namespace tailrace::fetch {
namespace {

constexpr std::size_t pattern_bytes_max = 8192;

bool ends_with_subdomain_of(std::string_view host, std::string_view parent) noexcept {
  return host.size() > parent.size() + 1 && host.ends_with(parent) &&
         host[host.size() - parent.size() - 1] == '.';
}

// Whether some server may read the path as another one than its text says.
bool is_ambiguous(std::string_view target) noexcept {
  std::string path(target.substr(0, target.find('?')));
  for (char& c : path)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const std::string_view sign : {"%2e", "%2f", "%5c", "%00", "/../", "/./", "//"})
    if (path.find(sign) != std::string::npos) return true;
  return path.ends_with("/..") || path.ends_with("/.");
}

bool continues(std::string_view target, std::string_view prefix) noexcept {
  if (!target.starts_with(prefix)) return false;
  if (target.size() == prefix.size() || prefix.ends_with('/')) return true;
  return target[prefix.size()] == '/' || target[prefix.size()] == '?';
}

}  // namespace

result<source_pattern> source_pattern::parse(std::string_view text) {
  source_pattern p;
  std::string whole(text);
  if (text.find("://") != std::string_view::npos) {
    p.kind_ = kind::prefix;
  } else {
    if (text.starts_with("*.")) p.kind_ = kind::subdomains;
    whole = "http://";
    // A port or path of the pattern's own does not parse before this port.
    whole.append(text.substr(p.kind_ == kind::subdomains ? 2 : 0)).append(":1");
  }
  auto u = parse_url(whole, pattern_bytes_max);
  const bool local = u.has_value() && u->scheme == scheme::local;
  if (u.has_error() || local || (p.kind_ != kind::prefix && u->target != "/")) {
    std::string why = "\"";
    why.append(text).append("\" is no host, *.host or URL prefix");
    if (u.has_error()) why.append(": ").append(u.error().detail);
    return error(errc::bad_parameter, std::move(why));
  }
  p.url_ = std::move(*u);
  return p;
}

bool source_pattern::matches(const url& u) const noexcept {
  switch (kind_) {
    case kind::host:
      return u.host == url_.host;
    case kind::subdomains:
      return !u.is_ip && ends_with_subdomain_of(u.host, url_.host);
    case kind::prefix:
      break;
  }
  if (u.scheme != url_.scheme || u.host != url_.host || u.port != url_.port) return false;
  if (url_.target == "/") return true;
  return continues(u.target, url_.target) && !is_ambiguous(u.target);
}

}  // namespace tailrace::fetch
