// The requests of a run as the bytes to write, made once before it starts.
#pragma once
#include "loadtest/generator/options.hpp"

#include <string>
#include <variant>
#include <vector>

namespace tailrace::load {

// Immutable while the run lasts; read by every worker.
struct target {
  std::string host;  // without the brackets of an IPv6 literal
  std::string port;
  std::vector<std::string> heads;  // one for each URL, with the empty line
  std::string body;                // follows each of them
  bool head_method = false;
  bool keepalive = true;
};

// Fails, with the reason, on a URL that is not http, on URLs of different origins (a connection
// serves any of them), and on headers that would contradict how the message is framed.
std::variant<target, std::string> make_target(const options& o);

}  // namespace tailrace::load
