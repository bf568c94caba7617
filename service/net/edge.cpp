#include "net/edge.hpp"

#include <stdexcept>

namespace tailrace::net {

edge::edge(const settings& s, admission::client_limit& c)
    : clients(c), proxy_protocol(s.proxy_protocol) {
  for (const std::string& text : s.trusted_proxies) {
    const auto n = io::network::parse(text);
    if (n.has_error()) throw std::invalid_argument("trusted-proxies: " + n.error().detail);
    trusted_proxies.push_back(*n);
  }
}

}  // namespace tailrace::net
