#include "api/revalidation.hpp"

#include <algorithm>

namespace tailrace::api {
namespace {

// What identifies a source: an origin's entity tag, its date of modification, or its content.
constexpr char by_tag = 'e';
constexpr char by_date = 'm';
constexpr char by_content = 'd';

}  // namespace

revalidation::revalidation(const http::fields& request, std::string variant)
    : variant_(std::move(variant)) {
  for (const http::field& f : request) {
    if (f.id == http::field_name::if_none_match) {
      conditional_ = true;
      auto one = http::parse_none_match(f.value);
      client_has_.any = client_has_.any || one.any;
      for (auto& tag : one.tags)
        if (tag.variant == variant_ && !tag.source.empty())
          client_has_.tags.push_back(std::move(tag));
    } else if (f.id == http::field_name::if_modified_since) {
      modified_since_ = f.value;
    }
  }
  if (conditional_) modified_since_.clear();
}

void revalidation::ask(fetch::request& r) const {
  r.if_modified_since = modified_since_;
  for (const http::result_tag& tag : client_has_.tags) {
    const std::string_view rest = std::string_view(tag.source).substr(1);
    if (tag.source.front() == by_date) r.if_modified_since = rest;
    if (tag.source.front() != by_tag || !http::is_entity_tag(rest)) continue;
    if (!r.if_none_match.empty()) r.if_none_match.append(", ");
    r.if_none_match.append(rest);
  }
}

std::optional<http::result_tag> revalidation::tag_of(const fetch::source& s) const {
  if (http::is_entity_tag(s.head().etag))
    return http::result_tag{by_tag + s.head().etag, variant_, s.head().etag.starts_with("W/")};
  // A date says less than a strong tag must: two changes may fall into one second.
  if (!s.head().last_modified.empty())
    return http::result_tag{by_date + s.head().last_modified, variant_, true};
  return std::nullopt;
}

http::result_tag revalidation::tag_of_content(std::string_view digest) const {
  return {std::string(1, by_content).append(digest), variant_, false};
}

std::optional<http::result_tag> revalidation::confirmed() const {
  if (client_has_.tags.size() == 1) return client_has_.tags.front();
  return std::nullopt;
}

// The weak comparison (RFC 9110 §13.1.2): what matters is in the tag, not its mark.
bool revalidation::has(const http::result_tag& tag) const noexcept {
  return client_has_.any ||
         std::any_of(client_has_.tags.begin(), client_has_.tags.end(),
                     [&](const http::result_tag& one) { return one.source == tag.source; });
}

}  // namespace tailrace::api
