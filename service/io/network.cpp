#include "io/network.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace tailrace::io {
namespace {

using bytes = address_v6::bytes_type;

bool same_prefix(const bytes& a, const bytes& b, unsigned bits) noexcept {
  const unsigned whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  if (bits % 8 == 0) return true;
  return ((a[whole] ^ b[whole]) >> (8 - bits % 8)) == 0;
}

bool zero_behind(const bytes& a, unsigned bits) noexcept {
  for (unsigned bit = bits; bit < 128; ++bit)
    if ((a[bit / 8] >> (7 - bit % 8) & 1) != 0) return false;
  return true;
}

}  // namespace

address_v6 widened(const address& a) noexcept {
  if (a.is_v4()) return boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, a.to_v4());
  return address_v6(a.to_v6().to_bytes());  // without its scope
}

admission::client_address client_address_of(const address& a) noexcept {
  return widened(a).to_bytes();
}

address unmapped(const address& a) noexcept {
  if (a.is_v4()) return a;
  const address_v6 v6 = widened(a);
  if (!v6.is_v4_mapped()) return v6;
  return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, v6);
}

result<network> network::parse(std::string_view text) {
  error wrong(errc::bad_parameter);
  wrong.detail.append("\"").append(text).append("\" is no network such as 10.0.0.0/8 or fc00::/7");
  const auto slash = text.find('/');
  boost::system::error_code ec;
  const auto a = boost::asio::ip::make_address(std::string(text.substr(0, slash)), ec);
  if (ec || (a.is_v6() && a.to_v6().scope_id() != 0)) return wrong;
  const unsigned width = a.is_v4() ? 32 : 128;
  unsigned bits = width;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (bad != std::errc{} || end != digits.data() + digits.size() || bits > width) return wrong;
  }
  bits += 128 - width;
  const address_v6 first = widened(a);
  if (!zero_behind(first.to_bytes(), bits)) return wrong;
  return network(first, bits);
}

bool network::contains(const address& a) const noexcept {
  // ::/0 and its like hold no IPv4: they were written for IPv6.
  if (a.is_v4() && bits_ < 96) return false;
  return same_prefix(first_.to_bytes(), widened(a).to_bytes(), bits_);
}

bool network::lies_inside(const network& other) const noexcept {
  return bits_ >= other.bits_ &&
         same_prefix(first_.to_bytes(), other.first_.to_bytes(), other.bits_);
}

bool any_contains(const std::vector<network>& all, const address& a) noexcept {
  return std::any_of(all.begin(), all.end(), [&](const network& n) { return n.contains(a); });
}

}  // namespace tailrace::io
