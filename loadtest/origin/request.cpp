#include "loadtest/origin/request.hpp"

#include "loadtest/origin/wish.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace tailrace::load::faulty {
namespace {

using boost::beast::iequals;

constexpr std::size_t head_bytes_max = 65536;
constexpr std::string_view empty_line = "\r\n\r\n";

std::string_view cut_off(std::string_view& text, std::string_view end) {
  const auto at = text.find(end);
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at == text.npos ? text.size() : at + end.size());
  return part;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// False when the field says that a body follows.
bool take_field(request& r, std::string_view name, std::string_view value) {
  if (iequals(name, "Connection") && iequals(value, "close")) r.keep_alive = false;
  if (iequals(name, "If-None-Match")) r.if_none_match = value;
  if (iequals(name, "Content-Length")) return value == "0";
  return !iequals(name, "Transfer-Encoding");
}

}  // namespace

std::optional<std::size_t> head_size(std::string_view received) noexcept {
  const auto end = received.find(empty_line);
  if (end != received.npos) return end + empty_line.size();
  const bool odd = !received.empty() && (received[0] < 'A' || received[0] > 'Z');
  if (odd || received.size() >= head_bytes_max) return received.size();
  return std::nullopt;
}

std::optional<request> parse_request(std::string_view head) {
  request r;
  std::string_view line = cut_off(head, "\r\n");
  r.method = cut_off(line, " ");
  std::string_view target = cut_off(line, " ");
  if (!line.starts_with("HTTP/1.") || !target.starts_with('/')) return std::nullopt;
  if (line == "HTTP/1.0") r.keep_alive = false;
  const auto path = percent_decoded(cut_off(target, "?"));
  if (!path) return std::nullopt;
  r.path = *path;
  r.query = target;
  for (line = cut_off(head, "\r\n"); !line.empty(); line = cut_off(head, "\r\n")) {
    const std::string_view name = cut_off(line, ":");
    if (!take_field(r, name, trimmed(line))) return std::nullopt;
  }
  return r;
}

}  // namespace tailrace::load::faulty
