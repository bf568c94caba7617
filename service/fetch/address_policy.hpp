// Which sources may be fetched. Users hand us URLs, and an address inside our own network must
// not be reachable through us: so every socket address is judged just before it is connected to,
// whatever name or spelling led there. Pure; made once, then only read, from any thread.
//
// An address is allowed when
//  - it is public: IPv4 outside the special-purpose ranges, IPv6 inside 2000::/3 outside them, or
//  - a network of `allow-source-networks` holds it. Link-local and cloud-metadata addresses are
//    not public, and only a network that lies inside those ranges opens them: 0.0.0.0/0 does not,
//    169.254.0.0/16 and 169.254.169.254/32 do.
// Mapped, compatible and NAT64 forms are judged as the IPv4 address inside; 6to4, Teredo, ISATAP
// and 64:ff9b:1::/48 must pass by that and by their own range.
// The port must be in `allowed-source-ports`, also in allowed networks; our own listeners are
// refused whatever is allowed.
#pragma once
#include "core/settings.hpp"
#include "fetch/embedded_address.hpp"
#include "fetch/source_pattern.hpp"
#include "fetch/url.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tailrace::fetch {

class address_policy {
 public:
  using endpoint = boost::asio::ip::tcp::endpoint;

  // From allow_source_networks, allowed_source_ports and allowed_sources; errc::bad_parameter
  // names the key and the value that is wrong.
  static result<address_policy> make(const settings& s);

  // Before the first fetch, once the ports are known. A listener on the unspecified address is
  // reachable at every one of `own_addresses` (see interface_addresses()) and by loopback.
  void refuse_listeners(std::vector<endpoint> listeners, std::vector<address> own_addresses);

  // Before a name is looked up, again for every redirect: allowed-sources, port, names of
  // loopback, and the address if the host is one. errc::source_refused, for local: nothing.
  result<void> judge(const url& u) const;

  // Before connecting, on the address that the socket gets. errc::source_refused.
  result<void> judge(const endpoint& to) const;

 private:
  address_policy() = default;
  bool allows(const address& a) const;
  bool allows_v4(const address_v4& a) const;
  bool opened(const address& a) const;  // by allow-source-networks
  bool port_allowed(std::uint16_t port) const noexcept;
  bool is_own(const endpoint& e) const;
  bool loopback_opened() const;

  std::vector<network> opened_;
  std::vector<std::pair<std::uint16_t, std::uint16_t>> ports_;  // first, last
  std::vector<source_pattern> sources_;                         // empty: any
  std::vector<endpoint> listeners_;
  std::vector<address> own_addresses_;
};

}  // namespace tailrace::fetch
