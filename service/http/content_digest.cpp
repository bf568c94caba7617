#include "http/content_digest.hpp"

#include "core/base64.hpp"

#include <algorithm>

namespace tailrace::http {
namespace {

bool is_key_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("_-.*").find(c) != std::string_view::npos;
}

result<declared_digest> read_member(std::string_view member) {
  const error wrong(errc::bad_request,
                    "Content-Digest must be like sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9D"
                    "BPE=:");
  const auto equals = std::min(member.find('='), member.size());
  const std::string_view key = member.substr(0, equals);
  std::string_view value = member.substr(equals);
  if (key.empty() || !std::all_of(key.begin(), key.end(), is_key_character)) return wrong;
  if (!value.starts_with("=:")) return wrong;
  value.remove_prefix(2);
  const auto end = value.find(':');
  if (end == value.npos) return wrong;
  const std::string_view parameters = value.substr(end + 1);
  auto bytes = from_base64(value.substr(0, end));
  if (!bytes || (!parameters.empty() && parameters.front() != ';')) return wrong;
  return declared_digest{std::string(key), std::move(*bytes)};
}

}  // namespace

result<std::vector<declared_digest>> content_digests(const fields& all) {
  std::vector<declared_digest> declared;
  for (const field& f : all) {
    if (!equal_ignoring_case(f.name, "Content-Digest")) continue;
    std::string_view rest = f.value;
    while (!rest.empty()) {
      const auto comma = std::min(rest.find(','), rest.size());
      auto one = read_member(trimmed(rest.substr(0, comma)));
      if (one.has_error()) return one.error();
      declared.push_back(std::move(*one));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return declared;
}

}  // namespace tailrace::http
