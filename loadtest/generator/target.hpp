// The requests of a run as the bytes to write, made once before it starts.
#pragma once
#include "loadtest/generator/plan.hpp"

#include <string>
#include <variant>
#include <vector>

namespace tailrace::load {

// A request's head, with the empty line; where a running number belongs, it has to be put in.
struct message_head {
  std::string text;
  std::vector<std::size_t> numbers_at;  // offsets in `text`, ascending

  std::string with(std::uint64_t number) const;
};

// A kind of request on the wire.
struct message {
  std::vector<message_head> heads;  // one for each URL
  std::string body;                 // follows each of them
  bool head_method = false;
  expectation expect;
  capture keep;
};

// Immutable while the run lasts; read by every worker.
struct target {
  std::string host;  // without the brackets of an IPv6 literal
  std::string port;
  std::vector<message> kinds;
  bool keepalive = true;
};

// Fails, with the reason, on a URL that is not http, on URLs of different origins (a connection
// serves any of them), and on headers that would contradict how the message is framed.
std::variant<target, std::string> make_target(const plan& p);

}  // namespace tailrace::load
