#include "loadtest/generator/pacer.hpp"
#include "loadtest/generator/recorder.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using tailrace::load::default_successes;
using tailrace::load::outcome;
using tailrace::load::pacer;
using tailrace::load::recorder;
using tailrace::load::schedule;

namespace {

using time_point = pacer::time_point;
const time_point start = time_point{} + 1h;

// One connection to a server that answers in `service`, except that it stands still from
// `stall_from` on for `stall`; on virtual time, recorded as the generator does.
void run_one_connection(pacer& plan, recorder& into, std::chrono::nanoseconds service,
                        time_point stall_from, std::chrono::nanoseconds stall) {
  time_point free = start;
  while (const auto due = plan.next_due()) {
    const time_point now = std::max(free, *due);
    outcome o;
    o.status = 200;
    o.queued = free > *due;
    o.scheduled = plan.take(now).value();
    o.begun = now;
    o.finished = now + service;
    if (o.finished >= stall_from && now < stall_from + stall) o.finished = stall_from + stall;
    free = o.finished;
    into.add(o);
  }
}

}  // namespace

TEST_CASE("requests are due on schedule and not earlier, and the plan ends") {
  pacer plan(schedule::constant(10), start, 300ms);
  CHECK(plan.next_due() == start);
  CHECK(plan.take(start) == start);
  CHECK_FALSE(plan.take(start + 99ms));
  CHECK(plan.take(start + 100ms) == start + 100ms);
  CHECK(plan.take(start + 10s) == start + 200ms);  // late, yet with its own time
  CHECK_FALSE(plan.take(start + 10s));             // 300 ms is outside
  CHECK_FALSE(plan.next_due());
}

TEST_CASE("with a server that keeps up, latency is the service time") {
  pacer plan(schedule::constant(1000), start, 1s);
  const auto successes = default_successes();
  recorder r(successes);
  run_one_connection(plan, r, 100us, start + 1h, 0s);
  CHECK(r.succeeded() == 1000);
  CHECK(r.ok().max() == 100us);
  CHECK(r.lateness().count() == 1000);
  CHECK(r.lateness().max() == 0us);
}

TEST_CASE("a stalled server is counted from the schedule: every request that was due waited") {
  // 100 requests a second for 10 s on one connection, answered at once, but in the second from
  // 5 s on not at all: the requests due at 5.00, 5.01 … 5.99 s wait 1.00, 0.99 … 0.01 s.
  pacer plan(schedule::constant(100), start, 10s);
  const auto successes = default_successes();
  recorder r(successes);
  run_one_connection(plan, r, 0s, start + 5s, 1s);
  REQUIRE(r.succeeded() == 1000);
  CHECK(r.ok().max() == 1s);
  CHECK(r.ok().mean() == 50'500us);  // (1.00 + 0.99 + … + 0.01) / 1000
  CHECK(r.ok().at(0.9) == 0s);
  const auto exactly = [](std::chrono::nanoseconds value) {
    return Approx(static_cast<double>(value.count())).epsilon(0.01);
  };
  CHECK(static_cast<double>(r.ok().at(0.91).count()) == exactly(100ms));
  CHECK(static_cast<double>(r.ok().at(0.95).count()) == exactly(500ms));
  CHECK(static_cast<double>(r.ok().at(0.99).count()) == exactly(900ms));
  // Counted from sending, as a closed loop does, only one request in a thousand was slow.
  CHECK(r.service().at(0.99) == 0s);
  // The waiting is the server's: none of it is charged to the generator.
  CHECK(r.lateness().max() == 0s);
}

TEST_CASE("a closed loop is always due until the end, and counts from sending") {
  pacer plan(schedule::always(), start, 1s);
  CHECK(plan.take(start + 3ms) == start + 3ms);
  CHECK(plan.take(start + 3ms) == start + 3ms);
  CHECK_FALSE(plan.take(start + 1s));
  CHECK_FALSE(plan.next_due());
}

TEST_CASE("stopping drops what is not yet due and keeps what waits") {
  pacer plan(schedule::constant(10), start, 10s);
  plan.stop(start + 150ms);
  CHECK(plan.take(start + 1s) == start);
  CHECK(plan.take(start + 1s) == start + 100ms);
  CHECK_FALSE(plan.take(start + 1s));
}
