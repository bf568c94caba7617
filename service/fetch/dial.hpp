// A new connection to an origin: name looked up, every address judged, the allowed ones tried by
// happy eyeballs (RFC 8305), TLS when the scheme wants it.
#pragma once
#include "fetch/address_policy.hpp"
#include "fetch/connection.hpp"
#include "fetch/fetcher.hpp"
#include "fetch/resolver.hpp"
#include "fetch/stats.hpp"

#include <boost/asio/ssl/context.hpp>

#include <memory>

namespace tailrace::fetch {

class dialer {
 public:
  dialer(const settings& s, io::thread& on, const address_policy& policy,
         boost::asio::ssl::context& tls, stats& counts, const std::string& dns_servers);

  // source_refused when no address of the host is allowed: no packet has been sent to any.
  // origin_dns, origin_unreachable, origin_tls, origin_timeout; client_gone when called off.
  // `steps` is told of each.
  io::awaitable<result<std::unique_ptr<connection>>> dial(const url& to, deadline until,
                                                          io::cancellation* called_off,
                                                          progress& steps);

  // See live_fetcher::close().
  void close() noexcept { resolver_.close(); }

 private:
  io::awaitable<result<std::unique_ptr<connection>>> connect(
      std::vector<io::tcp::endpoint> candidates, deadline until, io::cancellation* called_off);
  io::awaitable<result<void>> secure(connection& c, const url& to, deadline until);
  result<std::vector<io::tcp::endpoint>> judged(const std::vector<address>& found,
                                                std::uint16_t port) const;

  io::thread& thread_;
  const address_policy& policy_;
  boost::asio::ssl::context& tls_;
  stats& counts_;
  resolver resolver_;
};

}  // namespace tailrace::fetch
