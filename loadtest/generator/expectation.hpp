// What a response must be to count as a success, and the verdict on one. Pure. Responses come from
// the server under test and are trusted in nothing.
#pragma once
#include "loadtest/generator/image_header.hpp"
#include "loadtest/generator/outcome.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tailrace::load {

using status_set = std::array<bool, 1000>;
status_set default_successes();  // all below 400

// A value in a JSON body, by the names that lead to it; in an array, by its index.
struct json_check {
  std::vector<std::string> path;
  // A long double holds every integer of 64 bits and every double.
  std::variant<std::string, long double> expected;
};

struct image_check {
  image_format format = image_format::jpeg;
  std::optional<std::uint32_t> width;
  std::optional<std::uint32_t> height;
};

struct header_check {
  std::string name;
  std::string value;
};

// What has to be kept of a response so that it can be judged.
struct capture {
  std::vector<std::string> headers;  // the names of fields, whose values are kept in this order
  std::size_t body_bytes_max = 0;    // what comes after them is counted, not kept
};

struct expectation {
  status_set successes = default_successes();
  status_set refusals{};
  std::vector<json_check> json;
  std::optional<image_check> image;
  std::vector<header_check> headers;

  bool judges_body() const noexcept { return !json.empty() || image.has_value(); }
  capture needs() const;
};

// A response as far as it was kept.
struct answer {
  unsigned status = 0;
  std::span<const std::optional<std::string>> headers;  // as in capture
  std::string_view body;                                // its beginning
  std::uint64_t body_bytes = 0;                         // of all of it
};

struct judgement {
  ending how;         // ok, refused, status or content
  std::string fault;  // with content: what is wrong, for people; printable whatever was sent
  // With content: which check failed. No two have the same number, whatever was sent.
  std::size_t check = 0;
};
judgement judge(const expectation& e, const answer& a);

}  // namespace tailrace::load
