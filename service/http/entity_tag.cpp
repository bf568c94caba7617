#include "http/entity_tag.hpp"

#include "core/base64.hpp"

#include <algorithm>

namespace tailrace::http {
namespace {

constexpr std::size_t tags_max = 16;

// The next opaque-tag with its quotes, taken off `rest`; none at the end or where there is none.
struct raw_tag {
  std::string_view opaque;
  bool weak = false;
};

std::optional<raw_tag> next_tag(std::string_view& rest) noexcept {
  const auto begin = rest.find_first_not_of(" \t,");
  if (begin == rest.npos) return std::nullopt;
  rest.remove_prefix(begin);
  raw_tag tag;
  tag.weak = rest.starts_with("W/");
  if (tag.weak) rest.remove_prefix(2);
  const auto end = rest.starts_with('"') ? rest.find('"', 1) : rest.npos;
  if (end == rest.npos) return std::nullopt;
  tag.opaque = rest.substr(1, end - 1);
  rest.remove_prefix(end + 1);
  return tag;
}

std::optional<result_tag> ours(const raw_tag& raw) {
  const auto dot = raw.opaque.find('.');
  if (dot == raw.opaque.npos) return std::nullopt;
  auto source = from_base64url(raw.opaque.substr(0, dot));
  auto variant = from_base64url(raw.opaque.substr(dot + 1));
  if (!source || !variant) return std::nullopt;
  return result_tag{std::move(*source), std::move(*variant), raw.weak};
}

}  // namespace

std::string spelled(const result_tag& tag) {
  std::string out = tag.weak ? "W/\"" : "\"";
  return out.append(base64url(tag.source)).append(".").append(base64url(tag.variant)).append("\"");
}

bool is_entity_tag(std::string_view text) noexcept {
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (text.size() < 2 || text.size() > 512 || text.front() != '"' || text.back() != '"')
    return false;
  text = text.substr(1, text.size() - 2);
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto u = static_cast<unsigned char>(c);
    return u >= 0x21 && u != '"' && u != 0x7f;
  });
}

none_match parse_none_match(std::string_view value) {
  none_match all;
  all.any = value == "*";
  while (const auto raw = next_tag(value)) {
    if (all.tags.size() == tags_max) break;
    if (auto tag = ours(*raw)) all.tags.push_back(std::move(*tag));
  }
  return all;
}

}  // namespace tailrace::http
