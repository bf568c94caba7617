// What the origin has to know of a request: no more, as it judges nobody.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tailrace::load::faulty {

struct request {
  std::string method;
  std::string path;   // percent-decoded
  std::string query;  // as it came
  std::string if_none_match;
  bool keep_alive = true;
};

// How much of what was received is to be judged: a head with its empty line, or all of it when it
// is too long for one or begins like none. Nothing while more has to come.
std::optional<std::size_t> head_size(std::string_view received) noexcept;

// `head` ends with its empty line. Nothing when it is no request without a body.
std::optional<request> parse_request(std::string_view head);

}  // namespace tailrace::load::faulty
