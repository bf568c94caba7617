// The PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt): what a balancer sends first
// on a connection to say whom it speaks for. Strict: a header that is not exactly one of the
// specified forms is refused, nothing is guessed.
#pragma once
#include "core/error.hpp"
#include "io/network.hpp"
#include "net/connection.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tailrace::net {

// Takes the header from bytes as they arrive. Pure.
class proxy_header {
 public:
  // How many of `bytes` belong to the header; fewer than there are only when it is complete.
  // errc::bad_request when they cannot be one, or one over 4 KiB.
  result<std::size_t> feed(std::string_view bytes);

  bool complete() const noexcept { return complete_; }

  // The client, once complete; none where the header names none (UNKNOWN, LOCAL, a Unix socket).
  const std::optional<io::address>& client() const noexcept { return client_; }

 private:
  result<bool> take(char c);
  result<void> parse_v1();
  result<void> parse_v2();

  std::string text_;
  std::size_t size_ = 0;  // of a version 2 header, once known
  bool complete_ = false;
  std::optional<io::address> client_;
};

// Receives the header and not a byte of what follows it. client_gone when the peer left before
// it sent anything, request_timeout at the connection's deadline.
io::awaitable<result<std::optional<io::address>>> receive_proxy_header(connection& c);

}  // namespace tailrace::net
