// How a body is framed: the three ways of RFC 9112, and many that are none, as data. A row is what
// `framing=NAME` of a URL picks.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tailrace::load::faulty {

struct framing {
  std::string_view name;
  bool valid;               // by RFC 9112, section 6
  std::string_view fields;  // whole lines; {n} is the size of the body, {n+1} and {n-1} beside it
  // What is sent for the body. Null: the bytes as they are, or in chunks.
  std::string (*body)(const std::string& content) = nullptr;
  bool chunked = false;  // of valid ones
  bool closes = false;   // the connection ends behind it
  std::string_view status_line = "HTTP/1.1 ";
};

// All of them; the valid ones first.
std::span<const framing> framings() noexcept;

// Null when there is none of that name.
const framing* find_framing(std::string_view name) noexcept;

// The fields of a row for a body of that size.
std::string fields_of(const framing& f, std::uint64_t size);

}  // namespace tailrace::load::faulty
