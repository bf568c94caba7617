#include "admission/wait_limit.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using namespace tailrace;
using namespace std::chrono_literals;
using admission::wait_limit;

namespace {

// That of a queue in which everybody has waited for too long.
wait_limit that_stands(test::manual_clock& time) {
  wait_limit limit(60ms, 240ms);
  (void)limit.allowed(0ms, time.now());
  time.advance(120ms);
  REQUIRE(limit.allowed(200ms, time.now()) == 60ms);
  return limit;
}

}  // namespace

TEST_CASE("wait limit: a burst may wait longer, for half as long as it may wait") {
  test::manual_clock time;
  wait_limit limit(60ms, 240ms);
  CHECK(limit.allowed(0ms, time.now()) == 240ms);
  CHECK(limit.allowed(200ms, time.now()) == 240ms);
  time.advance(119ms);
  CHECK(limit.allowed(121ms, time.now()) == 240ms);
  // It has lasted too long to be one.
  time.advance(1ms);
  CHECK(limit.allowed(121ms, time.now()) == 60ms);
}

TEST_CASE("wait limit: a queue that is short now and then does not stand") {
  test::manual_clock time;
  wait_limit limit(60ms, 240ms);
  for (int i = 0; i < 1000; ++i) {
    CHECK(limit.allowed(i % 10 == 0 ? 120ms : 200ms, time.now()) == 240ms);
    time.advance(10ms);
  }
}

TEST_CASE("wait limit: a queue that is kept short by refusals still stands") {
  test::manual_clock time;
  wait_limit limit = that_stands(time);
  for (int i = 0; i < 1000; ++i) {
    // Mostly it is nearly empty.
    CHECK(limit.allowed(i % 99 == 0 ? 46ms : 10ms, time.now()) == 60ms);
    time.advance(10ms);
  }
}

TEST_CASE("wait limit: all is forgotten once nobody has needed most of it for a second") {
  test::manual_clock time;
  wait_limit limit = that_stands(time);
  time.advance(999ms);
  CHECK(limit.allowed(45ms, time.now()) == 60ms);
  time.advance(1ms);
  CHECK(limit.allowed(45ms, time.now()) == 240ms);
  // And the next burst has all its time.
  time.advance(119ms);
  CHECK(limit.allowed(200ms, time.now()) == 240ms);
  time.advance(1ms);
  CHECK(limit.allowed(200ms, time.now()) == 60ms);
}

TEST_CASE("wait limit: what comes after a pause finds a queue that does not stand") {
  test::manual_clock time;
  wait_limit limit = that_stands(time);
  time.advance(std::chrono::hours(1));
  CHECK(limit.allowed(0ms, time.now()) == 240ms);
}
