#include "fetch/origins.hpp"

#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using fetch::breaker;
using fetch::origin_limits;
using fetch::origins;
using fetch::turns;

namespace {

struct guest final : turns::waiter {
  guest(std::vector<int>& log, int n) : called_(log), number_(n) {}
  void called() noexcept override { called_.push_back(number_); }
  std::vector<int>& called_;
  int number_;
};

settings limits(unsigned threads, unsigned at_once, unsigned waiting) {
  settings s;
  s.io_threads = threads;
  s.origin_connections_max = at_once;
  s.origin_waiting_max = waiting;
  s.origin_breaker_failures = 1;
  return s;
}

}  // namespace

TEST_CASE("turns go to those who wait, in the order they came") {
  std::vector<int> called;
  guest first(called, 1), second(called, 2), third(called, 3), fourth(called, 4);
  turns line(2, 3);
  CHECK(line.enter());
  CHECK(line.enter());
  CHECK_FALSE(line.enter());
  CHECK(line.join(first));
  CHECK(line.join(second));
  CHECK(line.join(third));
  CHECK_FALSE(line.join(fourth));
  // Whoever steps out, from the middle too, makes room and is not called.
  second.step_out();
  CHECK(line.join(fourth));
  line.leave();
  line.leave();
  CHECK(called == std::vector<int>{1, 3});
  CHECK(line.served() == 2);
  CHECK_FALSE(line.enter());
  line.leave();
  CHECK(called == std::vector<int>{1, 3, 4});
  line.leave();
  CHECK(line.served() == 1);
  CHECK(line.enter());
  line.leave();
  line.leave();
  CHECK(line.served() == 0);
}

TEST_CASE("who is gone has no turn") {
  std::vector<int> called;
  turns line(1, 4);
  CHECK(line.enter());
  guest first(called, 1), third(called, 3);
  {
    guest second(called, 2);
    CHECK(line.join(second));
    CHECK(line.join(first));
  }
  CHECK(line.join(third));
  CHECK(line.waiting() == 2);
  for (int i = 0; i < 3; ++i) line.leave();
  CHECK(called == std::vector<int>{1, 3});
  CHECK(line.served() == 0);
}

TEST_CASE("limits over all threads are shared out, rounded up") {
  CHECK(origin_limits(limits(4, 256, 10)).at_once == 64);
  CHECK(origin_limits(limits(4, 256, 10)).waiting_max == 3);
  CHECK(origin_limits(limits(3, 1, 0)).at_once == 1);
  CHECK(origin_limits(limits(3, 1, 0)).waiting_max == 0);
  CHECK(origin_limits(limits(3, 0, 1)).at_once > 1'000'000'000);
}

TEST_CASE("an origin is remembered, the one left longest ago is forgotten when there are many") {
  fetch::stats counts;
  test::manual_clock clock;
  origins all(origin_limits(limits(1, 1, 1)), counts);
  auto& dead = all.arrive("dead");
  all.record(dead, breaker::pass::regular, breaker::verdict::failed, errc::origin_dns, clock.now());
  CHECK(counts.breakers_open.value() == 1);
  CHECK(dead.last_failure == errc::origin_dns);
  all.depart(dead);
  auto& busy = all.arrive("busy");
  CHECK(&all.arrive("dead") == &dead);
  all.depart(dead);
  for (std::size_t i = 0; i < 2 * origins::kept_max; ++i)
    all.depart(all.arrive("host " + std::to_string(i)));
  CHECK(all.size() == origins::kept_max);
  CHECK(counts.breakers_open.value() == 0);
  // Who is visited stays.
  CHECK(&all.arrive("busy") == &busy);
  all.depart(busy);
  all.depart(busy);
  CHECK(all.size() == origins::kept_max);
}

TEST_CASE("more origins than are kept may be visited at once, not for longer") {
  fetch::stats counts;
  origins all(origin_limits(limits(1, 1, 1)), counts);
  std::vector<fetch::origin_state*> visited;
  for (std::size_t i = 0; i < origins::kept_max + 100; ++i)
    visited.push_back(&all.arrive(std::to_string(i)));
  CHECK(all.size() == origins::kept_max + 100);
  for (auto* each : visited) all.depart(*each);
  CHECK(all.size() == origins::kept_max);
}

TEST_CASE("the breaker's figure follows it") {
  fetch::stats counts;
  test::manual_clock clock;
  origins all(origin_limits(limits(1, 1, 1)), counts);
  auto& o = all.arrive("o");
  all.record(o, o.health.ask(clock.now()), breaker::verdict::failed, errc::origin_tls, clock.now());
  CHECK(counts.breakers_open.value() == 1);
  clock.advance(1s);
  const auto trial = o.health.ask(clock.now());
  CHECK(counts.breakers_open.value() == 1);
  all.record(o, trial, breaker::verdict::reached, {}, clock.now());
  CHECK(counts.breakers_open.value() == 0);
  all.depart(o);
}
