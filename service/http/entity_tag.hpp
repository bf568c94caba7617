// The entity tags of results (RFC 9110 §8.8.3). They hold what is needed to ask the origin whether
// its source has changed, so that nothing has to be remembered:
//
//   "b64url(what identifies the source).b64url(what was done to it)"
//
// Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::http {

struct result_tag {
  std::string source;   // opaque here
  std::string variant;  // opaque here
  bool weak = false;
};

// As the value of an ETag field.
std::string spelled(const result_tag& tag);

// A validator of the origin's as a tag of ours would hold it.
bool is_entity_tag(std::string_view text) noexcept;

struct none_match {
  bool any = false;              // "*"
  std::vector<result_tag> tags;  // those that are ours; at most 16, more are not looked at
};

// The value of If-None-Match. What is malformed or not ours matches nothing.
none_match parse_none_match(std::string_view value);

}  // namespace tailrace::http
