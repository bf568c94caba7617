#include "fetch/address_policy.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <netinet/in.h>
#include <optional>

namespace tailrace::fetch {
namespace {

// Only for texts in this file.
std::vector<network> networks(std::initializer_list<const char*> texts) {
  std::vector<network> all;
  for (const char* text : texts) all.push_back(network::parse(text).value());
  return all;
}

// IANA special-purpose registry, what is not globally reachable, and multicast.
const std::vector<network>& special_v4() {
  static const auto all = networks(
      {"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
       "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
       "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"});
  return all;
}

const std::vector<network>& special_v6() {
  static const auto all = networks({"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"});
  return all;
}

// Link-local, and where clouds hand out credentials or take orders from their guests: the usual
// address, Alibaba, Oracle, Azure's wire server (a public address), AWS, Google and Oracle on
// IPv6. The unique-local ones are closed anyway; being here keeps fc00::/7 from opening them.
const std::vector<network>& guarded() {
  static const auto all = networks({"169.254.0.0/16", "fe80::/10", "100.100.100.200/32",
                                    "192.0.0.192/32", "168.63.129.16/32", "fd00:ec2::254/128",
                                    "fd20:ce::254/128", "fd00:c1::a9fe:a9fe/128"});
  return all;
}

result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (ec != std::errc{} || end != text.data() + text.size() || port == 0)
    return error(errc::bad_parameter);
  return port;
}

result<std::vector<std::pair<std::uint16_t, std::uint16_t>>> parse_ports(std::string_view text) {
  std::vector<std::pair<std::uint16_t, std::uint16_t>> all;
  error wrong(errc::bad_parameter, "allowed-source-ports: \"");
  wrong.detail.append(text).append("\" is no list such as 80,443,8000-8999");
  for (;;) {
    const std::string_view item = text.substr(0, text.find(','));
    const auto dash = item.find('-');
    const auto first = parse_port(item.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_port(item.substr(dash + 1));
    if (first.has_error() || last.has_error() || *first > *last) return wrong;
    all.emplace_back(*first, *last);
    if (item.size() == text.size()) return all;
    text.remove_prefix(item.size() + 1);
  }
}

error refused(std::string why) {
  return error(errc::source_refused, std::move(why));
}

bool is_loopback_name(std::string_view host) noexcept {
  return host == "localhost" || host.ends_with(".localhost") || host == "ip6-localhost" ||
         host == "ip6-loopback";
}

}  // namespace

result<address_policy> address_policy::make(const settings& s) {
  address_policy p;
  for (const auto& text : s.allow_source_networks) {
    const auto n = network::parse(text);
    if (n.has_error())
      return error(errc::bad_parameter, "allow-source-networks: " + n.error().detail);
    p.opened_.push_back(*n);
  }
  auto ports = parse_ports(s.allowed_source_ports);
  if (ports.has_error()) return ports.error();
  p.ports_ = std::move(*ports);
  for (const auto& text : s.allowed_sources) {
    auto pattern = source_pattern::parse(text);
    if (pattern.has_error())
      return error(errc::bad_parameter, "allowed-sources: " + pattern.error().detail);
    p.sources_.push_back(std::move(*pattern));
  }
  return p;
}

void address_policy::refuse_listeners(std::vector<endpoint> listeners,
                                      std::vector<address> own_addresses) {
  listeners_ = std::move(listeners);
  own_addresses_ = std::move(own_addresses);
}

result<void> address_policy::judge(const url& u) const {
  if (u.scheme == scheme::local) return {};
  const auto matches = [&](const source_pattern& p) { return p.matches(u); };
  if (!sources_.empty() && std::none_of(sources_.begin(), sources_.end(), matches))
    return refused("the source is not among the allowed ones");
  if (!port_allowed(u.port)) return refused("the source's port is not allowed");
  if (is_loopback_name(u.host) && !loopback_opened())
    return refused("the source's address is not allowed");
  if (!u.is_ip) return {};
  return judge(endpoint(boost::asio::ip::make_address(u.host), u.port));
}

result<void> address_policy::judge(const endpoint& to) const {
  if (!port_allowed(to.port())) return refused("the source's port is not allowed");
  if (!allows(to.address()) || is_own(to)) return refused("the source's address is not allowed");
  return {};
}

bool address_policy::allows(const address& a) const {
  if (a.is_v4()) return allows_v4(a.to_v4());
  const address_v6 v6 = a.to_v6();
  // These two lie in the compatible range but are addresses of this host.
  if (v6.is_unspecified() || v6.is_loopback()) return opened(a);
  const auto inside = embedded_v4(v6);
  if (inside && !allows_v4(*inside)) return false;
  static const auto only_v4 = networks({"::ffff:0:0/96", "64:ff9b::/96"});
  static const network compatible = network::parse("::/96").value();
  if (inside && (io::any_contains(only_v4, a) || compatible.contains(a))) return true;
  if (opened(a)) return true;
  static const network global = network::parse("2000::/3").value();
  return global.contains(a) && !io::any_contains(special_v6(), a) &&
         !io::any_contains(guarded(), a);
}

bool address_policy::allows_v4(const address_v4& a) const {
  if (opened(a)) return true;
  return !io::any_contains(special_v4(), a) && !io::any_contains(guarded(), a);
}

bool address_policy::opened(const address& a) const {
  for (const network& n : opened_) {
    if (!n.contains(a)) continue;
    bool is_guarded = false, named = false;
    for (const network& g : guarded()) {
      if (!g.contains(a)) continue;
      is_guarded = true;
      named = named || n.lies_inside(g);
    }
    if (!is_guarded || named) return true;
  }
  return false;
}

bool address_policy::port_allowed(std::uint16_t port) const noexcept {
  return std::any_of(ports_.begin(), ports_.end(), [&](const auto& range) {
    return range.first <= port && port <= range.second;
  });
}

bool address_policy::loopback_opened() const {
  return opened(address_v4::loopback()) || opened(address_v6::loopback());
}

bool address_policy::is_own(const endpoint& e) const {
  address to = e.address();
  if (to.is_v6()) {
    if (const auto inside = embedded_v4(to.to_v6()); inside && !to.is_loopback()) to = *inside;
  }
  const bool here =
      to.is_loopback() || to.is_unspecified() ||
      std::find(own_addresses_.begin(), own_addresses_.end(), to) != own_addresses_.end();
  return std::any_of(listeners_.begin(), listeners_.end(), [&](const endpoint& listener) {
    if (listener.port() != e.port()) return false;
    return listener.address() == to || (here && listener.address().is_unspecified()) ||
           (to.is_unspecified() && listener.address().is_loopback());
  });
}

}  // namespace tailrace::fetch
