#include "admission/client_limit.hpp"

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tailrace;
using admission::client_limit;

namespace {

admission::client_address address(const char* text) {
  const auto a = boost::asio::ip::make_address(text);
  if (a.is_v6()) return a.to_v6().to_bytes();
  return make_address_v6(boost::asio::ip::v4_mapped, a.to_v4()).to_bytes();
}

}  // namespace

TEST_CASE("a client has as much as it may, and gets more when it gives back") {
  client_limit limit(2);
  auto one = limit.try_take(address("192.0.2.1"));
  auto two = limit.try_take(address("192.0.2.1"));
  REQUIRE(one);
  REQUIRE(two);
  CHECK_FALSE(limit.try_take(address("192.0.2.1")));
  // Another one is not affected.
  auto other = limit.try_take(address("192.0.2.2"));
  CHECK(other);
  one.reset();
  CHECK(limit.try_take(address("192.0.2.1")));
  // Nothing is kept of clients that hold nothing.
  two.reset();
  other.reset();
  CHECK(limit.clients() == 0);
}

TEST_CASE("IPv6 clients count by /64, IPv4 clients by address") {
  client_limit limit(1);
  const auto one = limit.try_take(address("2001:db8::1"));
  CHECK(one);
  CHECK_FALSE(limit.try_take(address("2001:db8::ffff:2")));
  CHECK(limit.try_take(address("2001:db8:0:1::1")));
  const auto v4 = limit.try_take(address("192.0.2.1"));
  CHECK(v4);
  CHECK(limit.try_take(address("192.0.2.3")));
}

TEST_CASE("permits move without being counted twice; 0 is no limit") {
  client_limit limit(1);
  client_limit::permit held;
  {
    auto taken = limit.try_take(address("192.0.2.1"));
    REQUIRE(taken);
    held = std::move(*taken);
  }
  CHECK(limit.clients() == 1);
  held = client_limit::permit();
  CHECK(limit.clients() == 0);
  client_limit none(0);
  std::vector<std::optional<client_limit::permit>> many;
  for (int i = 0; i < 100; ++i) many.push_back(none.try_take(address("192.0.2.1")));
  CHECK(many.back().has_value());
  CHECK(none.clients() == 0);
}
