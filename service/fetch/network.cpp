#include "fetch/network.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace tailrace::fetch {
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

bool begins_with(const bytes& a, std::initializer_list<unsigned char> prefix) noexcept {
  return std::equal(prefix.begin(), prefix.end(), a.begin());
}

address_v4 v4_at(const bytes& a, std::size_t offset, unsigned char flip = 0) noexcept {
  address_v4::bytes_type v4;
  for (std::size_t i = 0; i < v4.size(); ++i)
    v4[i] = static_cast<unsigned char>(a[offset + i] ^ flip);
  return address_v4(v4);
}

}  // namespace

address_v6 widened(const address& a) noexcept {
  if (a.is_v4()) return boost::asio::ip::make_address_v6(boost::asio::ip::v4_mapped, a.to_v4());
  return address_v6(a.to_v6().to_bytes());  // without its scope
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

std::optional<address_v4> embedded_v4(const address_v6& a) noexcept {
  const bytes b = a.to_bytes();
  const bool zero10 = begins_with(b, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  if (zero10 && ((b[10] == 0xff && b[11] == 0xff) || (b[10] == 0 && b[11] == 0)))
    return v4_at(b, 12);  // RFC 4291 §2.5.5
  if (begins_with(b, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) return v4_at(b, 12);
  if (begins_with(b, {0, 0x64, 0xff, 0x9b, 0, 1})) return v4_at(b, 12);
  if (begins_with(b, {0x20, 0x02})) return v4_at(b, 2);               // RFC 3056 §2
  if (begins_with(b, {0x20, 0x01, 0, 0})) return v4_at(b, 12, 0xff);  // RFC 4380 §4
  const bool isatap = (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe;
  if (isatap) return v4_at(b, 12);  // RFC 5214 §6.1
  return std::nullopt;
}

}  // namespace tailrace::fetch
