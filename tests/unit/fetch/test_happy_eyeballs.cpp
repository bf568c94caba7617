#include "fetch/happy_eyeballs.hpp"

#include <boost/asio/ip/address.hpp>

#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using fetch::attempt_schedule;

namespace {

std::string order_of(std::vector<std::string> found) {
  std::vector<fetch::address> all;
  for (const auto& text : found) all.push_back(boost::asio::ip::make_address(text));
  std::string out;
  for (const auto& a : fetch::by_turns(all)) out += (out.empty() ? "" : " ") + a.to_string();
  return out;
}

}  // namespace

TEST_CASE("address families take turns, IPv6 begins") {
  CHECK(order_of({}).empty());
  CHECK(order_of({"1.0.0.1", "1.0.0.2", "2606::1", "2606::2"}) ==
        "2606::1 1.0.0.1 2606::2 1.0.0.2");
  CHECK(order_of({"2606::1", "2606::2", "2606::3", "1.0.0.1"}) ==
        "2606::1 1.0.0.1 2606::2 2606::3");
  CHECK(order_of({"1.0.0.2", "1.0.0.1"}) == "1.0.0.2 1.0.0.1");
  CHECK(order_of({"1.0.0.1", "1.0.0.2", "1.0.0.1"}) == "1.0.0.1 1.0.0.2");
}

TEST_CASE("attempts that hang are joined by the next one every 250 ms") {
  test::manual_clock clock;
  attempt_schedule s(3);
  CHECK(s.next().passed(clock.now()));
  CHECK(s.start(clock.now()) == 0u);
  CHECK(!s.start(clock.now()));
  CHECK(s.next() == deadline::after(clock.now(), 250ms));
  clock.advance(250ms - 1ns);
  CHECK(!s.start(clock.now()));
  clock.advance(1ns);
  CHECK(s.start(clock.now()) == 1u);
  // A look that comes late starts one, not those it missed.
  clock.advance(10s);
  CHECK(s.start(clock.now()) == 2u);
  CHECK(!s.start(clock.now()));
  CHECK(s.next().never());
  CHECK(!s.exhausted());
}

TEST_CASE("a failure lets the next attempt start at once") {
  test::manual_clock clock;
  attempt_schedule s(3);
  CHECK(s.start(clock.now()) == 0u);
  s.failed();
  CHECK(s.start(clock.now()) == 1u);
  // And that one has its time again.
  CHECK(!s.start(clock.now()));
  CHECK(s.next() == deadline::after(clock.now(), 250ms));
  s.failed();
  CHECK(s.start(clock.now()) == 2u);
  CHECK(!s.exhausted());
  s.failed();
  CHECK(s.exhausted());
  CHECK(s.next().never());
}

TEST_CASE("only when all under way have failed is it over") {
  test::manual_clock clock;
  attempt_schedule s(2);
  CHECK(s.start(clock.now()) == 0u);
  clock.advance(250ms);
  CHECK(s.start(clock.now()) == 1u);
  s.failed();
  CHECK(!s.exhausted());
  s.failed();
  CHECK(s.exhausted());
}
