// What a client that keeps to RFC 9112 must expect for the bytes it sent on one connection: the
// pure parsers put together a second time, without sockets, coroutines or time.
#pragma once
#include "http/head_scanner.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tailrace::fuzz {

struct expected_answer {
  bool bodiless = false;           // to HEAD
  bool last = false;               // the connection must not go on after it
  bool may_continue = false;       // "100 Continue" may come first
  bool may_end = false;            // the connection may end after it, as the server likes
  std::optional<unsigned> status;  // of a request that is refused before anybody handles it
  std::optional<std::uint64_t> body_bytes;  // of the request's body, if all of it is there
};

// In order. The answer to a request whose body is not whole is the last one.
std::vector<expected_answer> answers_to(std::string_view bytes, const http::head_limits& limits);

}  // namespace tailrace::fuzz
