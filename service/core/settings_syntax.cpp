#include "core/settings_syntax.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>

namespace tailrace {
namespace {

std::optional<unsigned> number(std::string_view text, unsigned max) noexcept {
  unsigned value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value > max) return {};
  return value;
}

using address_bytes = std::array<unsigned char, 16>;

// inet_pton takes dotted quads and RFC 4291 texts only, not the short forms of inet_aton.
std::optional<address_bytes> address(int family, std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  address_bytes out{};
  if (text.size() >= copy.size() || text.find('\0') != text.npos) return {};
  std::copy(text.begin(), text.end(), copy.begin());
  if (inet_pton(family, copy.data(), out.data()) != 1) return {};
  return out;
}

bool is_bracketed_v6(std::string_view text) noexcept {
  return text.size() > 2 && text.front() == '[' && text.back() == ']' &&
         address(AF_INET6, text.substr(1, text.size() - 2));
}

bool zero_from(const address_bytes& bytes, unsigned bit, unsigned width) noexcept {
  for (; bit < width; ++bit)
    if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) return false;
  return true;
}

bool is_host_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

bool is_host(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 253 && text.front() != '.' &&
         text.find("..") == text.npos && std::all_of(text.begin(), text.end(), is_host_character);
}

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& words) noexcept {
  return std::find(words.begin(), words.end(), text) != words.end();
}

bool is_port_range(std::string_view text) noexcept {
  const auto dash = text.find('-');
  const auto first = number(text.substr(0, dash), 65535);
  const auto last = dash == text.npos ? first : number(text.substr(dash + 1), 65535);
  return first && last && *first >= 1 && *first <= *last;
}

}  // namespace

bool is_endpoint(std::string_view text) noexcept {
  const auto colon = text.rfind(':');
  if (colon == text.npos || !number(text.substr(colon + 1), 65535)) return false;
  const auto host = text.substr(0, colon);
  return is_bracketed_v6(host) || address(AF_INET, host);
}

bool is_listen_address(std::string_view text) noexcept {
  constexpr std::string_view local = "unix:";
  constexpr std::size_t path_max = 107;  // sockaddr_un
  if (!text.starts_with(local)) return is_endpoint(text);
  return text.size() > local.size() && text.size() <= local.size() + path_max;
}

bool is_ports(std::string_view text) noexcept {
  for (;;) {
    const auto comma = text.find(',');
    if (!is_port_range(text.substr(0, comma))) return false;
    if (comma == text.npos) return true;
    text.remove_prefix(comma + 1);
  }
}

bool is_network(std::string_view text) noexcept {
  const auto slash = text.find('/');
  const auto v4 = address(AF_INET, text.substr(0, slash));
  const auto found = v4 ? v4 : address(AF_INET6, text.substr(0, slash));
  if (!found || slash == text.npos) return found.has_value();
  const unsigned width = v4 ? 32 : 128;
  const auto bits = number(text.substr(slash + 1), width);
  return bits && zero_from(*found, *bits, width);
}

bool is_source_pattern(std::string_view text) noexcept {
  const auto scheme = text.find("://");
  if (scheme == text.npos)
    return is_bracketed_v6(text) || is_host(text.starts_with("*.") ? text.substr(2) : text);
  const auto name = text.substr(0, scheme);
  const auto rest = text.substr(scheme + 3);
  const bool printable =
      std::all_of(rest.begin(), rest.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  return (name == "http" || name == "https") && !rest.empty() && rest.front() != '/' && printable;
}

bool is_header_value(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
}

bool is_log_level(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 6> words{"trace", "debug", "info", "warn", "error", "off"};
  return is_one_of(text, words);
}

bool is_log_format(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 2> words{"text", "json"};
  return is_one_of(text, words);
}

bool is_access_log(std::string_view text) noexcept {
  constexpr std::array<std::string_view, 4> words{"off", "all", "errors", "slow"};
  if (is_one_of(text, words)) return true;
  double ratio = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), ratio);
  return failure == std::errc{} && end == text.data() + text.size() && ratio > 0 && ratio <= 1;
}

}  // namespace tailrace
