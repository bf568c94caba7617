// A set of IP addresses in CIDR form. Pure.
#pragma once
#include "admission/client_address.hpp"
#include "core/error.hpp"

#include <boost/asio/ip/address.hpp>

#include <string_view>
#include <vector>

namespace tailrace::io {

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

// As limits know a client of that address.
admission::client_address client_address_of(const address& a) noexcept;

// The IPv4 address that an IPv6 one maps, as sockets of both families give it; else itself, without
// a scope.
address unmapped(const address& a) noexcept;

// Whether one of them holds it.
bool any_contains(const std::vector<network>& all, const address& a) noexcept;

}  // namespace tailrace::io
