#include "net/greeting.hpp"

#include "net/forwarded.hpp"
#include "net/listen_address.hpp"
#include "net/proxy_protocol.hpp"

#include <sys/socket.h>

namespace tailrace::net {

client_identity::client_identity(const edge& e, const io::stream_socket& socket) : edge_(e) {
  boost::system::error_code ec;
  const auto peer = socket.remote_endpoint(ec);
  if (ec) return;  // it is closed already, and nothing is known of it
  if (const auto tcp = tcp_endpoint_of(peer)) become(io::unmapped(tcp->address()));
  trusted_ = trusted_ || peer.data()->sa_family == AF_UNIX;
}

void client_identity::become(const io::address& a) {
  address_ = a;
  trusted_ = io::any_contains(edge_.trusted_proxies, a);
}

std::optional<io::address> client_identity::forwarded(const http::fields& fields) const {
  if (!trusted_ || fields.find("X-Forwarded-For") == nullptr) return std::nullopt;
  const auto found = forwarded_client(fields, edge_.trusted_proxies);
  return found ? found : address_;
}

namespace {

// False when the connection is to end.
io::awaitable<bool> learn(session_host& host, connection& c, client_identity& client) {
  const auto named = co_await receive_proxy_header(c);
  if (named.has_error()) {
    if (named.error().code == errc::bad_request) host.handler.broken(named.error().detail);
    co_return false;
  }
  if (*named) client.become(**named);
  co_return true;
}

bool admit(session_host& host, const client_identity& client,
           admission::client_limit::permit& permit) {
  if (client.trusted() || !client.address()) return true;
  auto taken = host.edge.clients.try_take(io::client_address_of(*client.address()));
  if (taken) permit = std::move(*taken);
  if (!taken) host.handler.client_full();
  return taken.has_value();
}

io::awaitable<greeted> secure(session_host& host, connection& c) {
  const tls_context context = host.tls;  // which may be replaced meanwhile
  boost::system::error_code ec;
  co_await c.secure(*context, ec);
  using io::handshake;
  const handshake established = c.resumed_tls() ? handshake::resumed : handshake::established;
  host.handler.secured(ec ? handshake::failed : established);
  if (!ec) co_return greeted::ready;
  co_return c.met_plain_http() ? greeted::plain_http : greeted::unwanted;
}

}  // namespace

io::awaitable<greeted> greet(session_host& host, connection& c, client_identity& client,
                             admission::client_limit::permit& permit) {
  if (!client.address() && !client.trusted()) co_return greeted::unwanted;
  if (client.trusted() && host.edge.proxy_protocol) {
    const bool learnt = co_await learn(host, c, client);
    if (!learnt) co_return greeted::unwanted;
  }
  if (!admit(host, client, permit)) co_return greeted::unwanted;
  if (!host.tls) co_return greeted::ready;
  co_return co_await secure(host, c);
}

}  // namespace tailrace::net
