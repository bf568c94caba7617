#include "loadtest/generator/due_count.hpp"
#include "loadtest/generator/pacer.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/unit/loadtest/plans.hpp"

using namespace std::chrono_literals;
using namespace tailrace::load;
using tailrace::test::kind_of;
using tailrace::test::phase_of;
using tailrace::test::plan_of;
using tailrace::test::run_start;

namespace {

using time_point = pacer::time_point;

std::optional<time_point> taken(pacer& p, time_point now) {
  const auto t = p.take(now);
  return t ? std::optional(t->scheduled) : std::nullopt;
}

plan closed_plan(std::vector<phase> phases) {
  plan p = plan_of(std::move(phases));
  p.closed = true;
  return p;
}

}  // namespace

TEST_CASE("requests are due on schedule and not earlier, and the plan ends") {
  pacer p(plan_of({phase_of(10, 300ms)}), 0, run_start);
  CHECK(p.next_due() == run_start);
  CHECK(taken(p, run_start) == run_start);
  CHECK_FALSE(p.take(run_start + 99ms));
  CHECK(taken(p, run_start + 100ms) == run_start + 100ms);
  CHECK(taken(p, run_start + 10s) == run_start + 200ms);  // late, yet with its own time
  CHECK_FALSE(p.take(run_start + 10s));                   // 300 ms is outside
  CHECK_FALSE(p.next_due());
}

TEST_CASE("a late request belongs to the phase for which it was scheduled") {
  pacer p(plan_of({phase_of(10, 200ms), phase_of(10, 200ms)}), 0, run_start);
  std::vector<std::size_t> phases;
  while (const auto t = p.take(run_start + 1h)) phases.push_back(t->phase);
  CHECK(phases == std::vector<std::size_t>{0, 0, 1, 1});
}

TEST_CASE("a closed loop is always due until the end, and counts from sending") {
  pacer p(closed_plan({phase_of(0, 1s)}), 0, run_start);
  CHECK(taken(p, run_start + 3ms) == run_start + 3ms);
  CHECK(taken(p, run_start + 3ms) == run_start + 3ms);
  CHECK_FALSE(p.take(run_start + 1s));
  CHECK_FALSE(p.next_due());
}

TEST_CASE("a closed loop has the phase of the moment") {
  pacer p(closed_plan({phase_of(0, 1s), phase_of(0, 1s), phase_of(0, 1s)}), 0, run_start);
  CHECK(p.take(run_start + 999ms)->phase == 0);
  CHECK(p.take(run_start + 1s)->phase == 1);
  CHECK(p.take(run_start + 2500ms)->phase == 2);
}

TEST_CASE("stopping drops what is not yet due and keeps what waits") {
  pacer p(plan_of({phase_of(10, 10s)}), 0, run_start);
  p.stop(run_start + 150ms);
  CHECK(taken(p, run_start + 1s) == run_start);
  CHECK(taken(p, run_start + 1s) == run_start + 100ms);
  CHECK_FALSE(p.take(run_start + 1s));
}

TEST_CASE("what falls due is counted as time goes by, not when its second is over") {
  due_count due(plan_of({phase_of(1000, 10s)}), 0, run_start);
  for (auto t = 10ms; t < 1s; t += 10ms) {
    due.keep_pace(run_start + t);
    CHECK(due.counted() == static_cast<std::uint64_t>(t / 1ms));
  }
  CHECK(due.take(run_start + 1s) == 1000);
  CHECK(due.counted() == 0);
  CHECK(due.take(run_start + 2s) == 1000);
  due.stop(run_start + 2500ms);
  CHECK(due.take(run_start + 3s) == 500);
  CHECK(due.take(run_start + 4s) == 0);
}

TEST_CASE("in a closed loop nothing falls due but what is sent") {
  due_count due(closed_plan({phase_of(0, 10s)}), 0, run_start);
  due.keep_pace(run_start + 500ms);
  CHECK(due.counted() == 0);
  due.sent();
  due.sent();
  CHECK(due.take(run_start + 1s) == 2);
  CHECK(due.take(run_start + 2s) == 0);
}

TEST_CASE("of the time of a run only the recorded phases' counts, and what comes after the last") {
  plan p = plan_of({phase_of(1, 10s, false), phase_of(1, 20s), phase_of(1, 5s, false)});
  CHECK(p.recorded_of(35s) == 20s);
  CHECK(p.recorded_of(36s) == 20s);
  // Interrupted: what never came is not subtracted.
  CHECK(p.recorded_of(15s) == 5s);
  CHECK(p.recorded_of(10s) == 0s);
  CHECK(p.recorded_of(0s) == 0s);
  p.phases.pop_back();
  CHECK(p.recorded_of(32s) == 22s);
}

TEST_CASE("the connections are shared out evenly, and all of them") {
  plan p;
  p.connections = 11;
  p.threads = 4;
  const unsigned shares[] = {3, 3, 3, 2};
  for (const unsigned worker : {0U, 1U, 2U, 3U}) CHECK(p.connections_of(worker) == shares[worker]);
}

TEST_CASE("numbers are unique over all workers") {
  plan p = plan_of({phase_of(1000, 1s)});
  p.threads = 3;
  std::set<std::uint64_t> numbers;
  for (const unsigned worker : {0U, 1U, 2U}) {
    pacer share(p, worker, run_start);
    while (const auto t = share.take(run_start + 1h)) CHECK(numbers.insert(t->number).second);
  }
  CHECK(numbers.size() == 1000);
  CHECK(*numbers.rbegin() == 999);
}

TEST_CASE("kinds come by weight, the same for the same seed, others for another worker") {
  plan p = plan_of({phase_of(100'000, 1s)});
  p.kinds = {kind_of("a", 90), kind_of("b", 9.5), kind_of("c", 0.5)};
  const auto drawn = [&p](unsigned worker) {
    std::vector<std::size_t> kinds;
    pacer share(p, worker, run_start);
    while (const auto t = share.take(run_start + 1h)) kinds.push_back(t->kind);
    return kinds;
  };
  const auto kinds = drawn(0);
  REQUIRE(kinds.size() == 100'000);
  // Within five standard deviations of the binomial counts.
  CHECK(std::count(kinds.begin(), kinds.end(), 0U) == Approx(90'000).margin(475));
  CHECK(std::count(kinds.begin(), kinds.end(), 1U) == Approx(9'500).margin(464));
  CHECK(std::count(kinds.begin(), kinds.end(), 2U) == Approx(500).margin(112));
  CHECK(kinds == drawn(0));
  p.threads = 2;
  const auto first = drawn(0), second = drawn(1);
  CHECK(first != second);
  ++p.seed;
  CHECK(first != drawn(0));
}

TEST_CASE("poisson arrivals and the mix do not share their randomness") {
  plan p = plan_of({phase_of(100, 10s)});
  p.arrivals = arrivals::poisson;
  pacer alone(p, 0, run_start);
  p.kinds = {kind_of("a"), kind_of("b")};
  pacer mixed(p, 0, run_start);
  // Another mix, the same times.
  while (const auto t = alone.take(run_start + 1h)) {
    CHECK(mixed.take(run_start + 1h)->scheduled == t->scheduled);
  }
  CHECK_FALSE(mixed.next_due());
}
