// The request target taken apart, and the query as decoded pairs. Pure.
#pragma once
#include "core/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tailrace::http {

struct target {
  std::string_view path;   // as received, at least "/"
  std::string_view query;  // behind the first "?", without it
};

// Splits an origin-form or absolute-form target (RFC 9112 §3.2); never fails, since
// frame_request() has judged the target already.
target split_target(std::string_view raw) noexcept;

struct parameter {
  std::string name;
  std::string value;
};

// Decodes `a=b&c=d`. "%XX" is decoded; "+" stays a plus, as in RFC 3986: source URLs hold pluses
// far more often than forms send spaces that way. errc::bad_parameter for a broken escape, an
// empty name or a NUL.
result<std::vector<parameter>> parse_query(std::string_view query);

// "%XX" decoded; none for a broken escape.
result<std::string> percent_decode(std::string_view text);

}  // namespace tailrace::http
