// What comes before HTTP on a client's connection: who the client is, by its address or a PROXY
// header, whether it may have one more connection, and TLS.
#pragma once
#include "admission/client_limit.hpp"
#include "core/error.hpp"
#include "http/head.hpp"
#include "io/network.hpp"
#include "net/connection.hpp"
#include "net/session_host.hpp"

#include <optional>

namespace tailrace::net {

class client_identity {
 public:
  // Of the peer at the other end of the socket.
  client_identity(const edge& e, const io::stream_socket& socket);

  // None for a Unix socket that no PROXY header came through, and for a peer that is gone already.
  const std::optional<io::address>& address() const noexcept { return address_; }

  // A proxy that may speak for others.
  bool trusted() const noexcept { return trusted_; }

  // The client that a trusted proxy forwards a request for; the proxy's own address when what it
  // says cannot be read; none when it says nothing.
  std::optional<io::address> forwarded(const http::fields& fields) const;

  // Whom a PROXY header named.
  void become(const io::address& a);

 private:
  const edge& edge_;
  std::optional<io::address> address_;
  bool trusted_ = false;
};

// What is left to do with a connection when it has been greeted.
enum class greeted : std::uint8_t {
  ready,       // for requests
  unwanted,    // close it
  plain_http,  // on a TLS port: it can be answered without TLS, once
};

// Bounded by the connection's deadline. `permit` is held for as long as the connection lives; a
// trusted proxy brings many clients, which are counted by request instead.
io::awaitable<greeted> greet(session_host& host, connection& c, client_identity& client,
                             admission::client_limit::permit& permit);

}  // namespace tailrace::net
