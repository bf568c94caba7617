// Where the service listens: ADDRESS:PORT for TCP, unix:PATH for a Unix socket.
#pragma once
#include "core/error.hpp"
#include "io/types.hpp"

#include <optional>
#include <string>

namespace tailrace::net {

class listen_address {
 public:
  // errc::bad_parameter.
  static result<listen_address> parse(const std::string& text);

  bool is_unix() const noexcept { return !path_.empty(); }
  const std::string& path() const noexcept { return path_; }
  // For port 0: the one that a socket bound here was given.
  void take_port_of(const io::stream_protocol::endpoint& bound) noexcept { endpoint_ = bound; }
  const io::stream_protocol::endpoint& endpoint() const noexcept { return endpoint_; }

 private:
  std::string path_;
  io::stream_protocol::endpoint endpoint_;
};

// The socket's address where it is TCP's.
std::optional<io::tcp::endpoint> tcp_endpoint_of(const io::stream_protocol::endpoint& e) noexcept;

// "127.0.0.1:8080", "[::1]:8080", "unix:/run/tailrace.sock".
std::string spelled(const io::stream_protocol::endpoint& e);

// Removes a socket file that nobody listens on any more: a process that was killed leaves one
// behind. False when somebody does, or when it is no socket.
bool remove_stale_socket(const std::string& path) noexcept;

}  // namespace tailrace::net
