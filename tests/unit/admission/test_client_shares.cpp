#include "admission/client_shares.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/queue_simulation.hpp"

using namespace tailrace;
using namespace tailrace::test;
using namespace std::chrono_literals;
using admission::client_shares;

TEST_CASE("client shares: who is new has little, who is alone has much") {
  manual_clock time;
  client_shares shares;
  CHECK(shares.has_little(numbered_client(1), time.now()));
  shares.given(numbered_client(1), time.now());
  CHECK_FALSE(shares.has_little(numbered_client(1), time.now()));
  CHECK(shares.has_little(numbered_client(2), time.now()));
}

TEST_CASE("client shares: of two, who has had less than half has little") {
  manual_clock time;
  client_shares shares;
  for (int i = 0; i < 100; ++i) {
    for (int k = 0; k < 7; ++k) shares.given(numbered_client(1), time.now());
    for (int k = 0; k < 3; ++k) shares.given(numbered_client(2), time.now());
    time.advance(10ms);
  }
  CHECK_FALSE(shares.has_little(numbered_client(1), time.now()));
  CHECK(shares.has_little(numbered_client(2), time.now()));
}

TEST_CASE("client shares: what was given fades, and those who had it are forgotten") {
  manual_clock time;
  client_shares shares;
  for (int i = 0; i < 1000; ++i) shares.given(numbered_client(1), time.now());
  for (unsigned i = 2; i < 100; ++i) shares.given(numbered_client(i), time.now());
  CHECK(shares.clients(time.now()) == 99);
  time.advance(14s);
  shares.given(numbered_client(200), time.now());
  shares.given(numbered_client(200), time.now());
  // Of a thousand there is a sixteenth of a job left.
  CHECK(shares.clients(time.now()) == 1);
  CHECK(shares.has_little(numbered_client(1), time.now()));
}

TEST_CASE("client shares: who is alone has no others, until there is one") {
  manual_clock time;
  client_shares shares;
  CHECK_FALSE(shares.has_others(numbered_client(1), time.now()));
  for (int i = 0; i < 1000; ++i) shares.given(numbered_client(1), time.now());
  CHECK_FALSE(shares.has_others(numbered_client(1), time.now()));
  shares.given(numbered_client(2), time.now());
  CHECK(shares.has_others(numbered_client(1), time.now()));
  time.advance(4s);
  CHECK_FALSE(shares.has_others(numbered_client(1), time.now()));
  CHECK(shares.has_others(numbered_client(2), time.now()));
}
