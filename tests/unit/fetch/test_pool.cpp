#include "fetch/pool.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;
using tailrace::deadline;

namespace {

struct fake {
  explicit fake(int n) : number(n) {}
  int number;
};
using pool = tailrace::fetch::idle_pool<fake>;

int taken(pool& p, std::string_view key, tailrace::time_point now) {
  const auto c = p.take(key, now);
  return c ? c->number : 0;
}

}  // namespace

TEST_CASE("the newest idle connection of a key is taken first") {
  tailrace::test::manual_clock clock;
  pool p(4, 1min);
  p.put("a", std::make_unique<fake>(1), clock.now());
  p.put("b", std::make_unique<fake>(2), clock.now());
  p.put("a", std::make_unique<fake>(3), clock.now());
  CHECK(taken(p, "c", clock.now()) == 0);
  CHECK(taken(p, "a", clock.now()) == 3);
  CHECK(taken(p, "a", clock.now()) == 1);
  CHECK(taken(p, "a", clock.now()) == 0);
  CHECK(taken(p, "b", clock.now()) == 2);
  CHECK(p.size() == 0);
}

TEST_CASE("a full pool loses its oldest connection, one of size 0 keeps none") {
  tailrace::test::manual_clock clock;
  pool p(2, 1min);
  for (int i = 1; i <= 3; ++i) p.put("a", std::make_unique<fake>(i), clock.now());
  CHECK(p.size() == 2);
  CHECK(taken(p, "a", clock.now()) == 3);
  CHECK(taken(p, "a", clock.now()) == 2);
  pool none(0, 1min);
  none.put("a", std::make_unique<fake>(1), clock.now());
  CHECK(none.size() == 0);
}

TEST_CASE("idle connections leave at their age, and say when") {
  tailrace::test::manual_clock clock;
  pool p(4, 10s);
  CHECK(p.next_eviction().never());
  p.put("a", std::make_unique<fake>(1), clock.now());
  CHECK(p.next_eviction() == deadline::after(clock.now(), 10s));
  clock.advance(6s);
  p.put("a", std::make_unique<fake>(2), clock.now());
  clock.advance(4s - 1ns);
  p.evict(clock.now());
  CHECK(p.size() == 2);
  clock.advance(1ns);
  p.evict(clock.now());
  CHECK(p.size() == 1);
  CHECK(p.next_eviction() == deadline::after(clock.now(), 6s));
  clock.advance(6s);
  // Also when nobody called evict() in time.
  CHECK(taken(p, "a", clock.now()) == 0);
}
