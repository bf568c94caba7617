#include "fetch/progress.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using namespace tailrace;
using namespace std::chrono_literals;

TEST_CASE("progress: one step ends where the next begins, and none is lost") {
  test::manual_clock time;
  fetch::progress p;
  time.advance(5ms);  // nothing has begun
  p.enter(stage::dns, time.now());
  time.advance(10ms);
  p.enter(stage::connect, time.now());
  time.advance(20ms);
  // The step that goes on is seen as far as it has come, as often as somebody looks.
  for (int i = 0; i < 2; ++i) CHECK(p.spent(time.now()).of(stage::connect) == 20ms);
  p.enter(stage::wait, time.now());
  time.advance(30ms);
  p.enter(stage::wait, time.now());  // another one's, behind a redirect
  time.advance(1ms);
  p.pause(time.now());
  time.advance(100ms);
  p.pause(time.now());
  const auto all = p.spent(time.now());
  CHECK(all.of(stage::dns) == 10ms);
  CHECK(all.of(stage::connect) == 20ms);
  CHECK(all.of(stage::wait) == 31ms);
  CHECK(all.of(stage::queue) == 0ms);
}

TEST_CASE("progress: who joins has seen what comes from then on") {
  test::manual_clock time;
  fetch::progress p, reader;
  p.enter(stage::connect, time.now());
  time.advance(10ms);
  const auto before = p.spent(time.now());
  time.advance(15ms);
  p.enter(stage::wait, time.now());
  time.advance(5ms);
  reader.add(p.spent(time.now()).since(before));
  const auto seen = reader.spent(time.now());
  CHECK(seen.of(stage::connect) == 15ms);
  CHECK(seen.of(stage::wait) == 5ms);
}
