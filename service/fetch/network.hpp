// A set of IP addresses in CIDR form. Pure.
#pragma once
#include "core/error.hpp"

#include <boost/asio/ip/address.hpp>

#include <array>
#include <optional>
#include <string_view>

namespace tailrace::fetch {

using address = boost::asio::ip::address;
using address_v4 = boost::asio::ip::address_v4;
using address_v6 = boost::asio::ip::address_v6;

// IPv4 networks are kept as the part of the IPv6 space that maps them (RFC 4291 §2.5.5.2), so
// that one comparison serves both; an IPv6 network therefore never holds an IPv4 address, except
// one inside ::ffff:0:0/96, which is the IPv4 network it spells.
class network {
 public:
  // "10.0.0.0/8", "fc00::/7", or an address alone. errc::bad_parameter when it is none, or has
  // bits set behind its prefix: the mistake in it may be either number.
  static result<network> parse(std::string_view text);

  bool contains(const address& a) const noexcept;
  bool lies_inside(const network& other) const noexcept;

 private:
  network(const address_v6& first, unsigned bits) noexcept : first_(first), bits_(bits) {}

  address_v6 first_;
  unsigned bits_;
};

// The IPv6 spelling of any address.
address_v6 widened(const address& a) noexcept;

// The IPv4 address that a packet to `a` may end at, however it is spelled: mapped, compatible,
// NAT64 (RFC 6052's 64:ff9b::/96 and the last 32 bits of RFC 8215's 64:ff9b:1::/48), 6to4, Teredo
// (the client's) and ISATAP.
std::optional<address_v4> embedded_v4(const address_v6& a) noexcept;

}  // namespace tailrace::fetch
