#include "loadtest/generator/collector.hpp"
#include "loadtest/generator/recorder.hpp"

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using tailrace::load::collector;
using tailrace::load::default_successes;
using tailrace::load::ending;
using tailrace::load::outcome;
using tailrace::load::recorder;

namespace {

const outcome::time_point zero = outcome::time_point{} + 1h;

outcome ended(ending how, unsigned status, std::chrono::nanoseconds latency) {
  outcome o;
  o.how = how;
  o.status = status;
  o.scheduled = o.begun = zero;
  o.finished = zero + latency;
  o.body_bytes = 10;
  return o;
}

}  // namespace

TEST_CASE("statuses from 400 on are errors unless said otherwise") {
  auto successes = default_successes();
  recorder r(successes);
  for (const unsigned status : {200U, 304U, 404U, 503U, 503U}) {
    r.add(ended(ending::answered, status, 1ms));
  }
  CHECK(r.answered() == 5);
  CHECK(r.succeeded() == 2);
  CHECK(r.bad_status() == 3);
  CHECK(r.errors() == 3);
  CHECK(r.statuses().at(503) == 2);

  successes[404] = true;
  recorder lenient(successes);
  lenient.add(ended(ending::answered, 404, 1ms));
  CHECK(lenient.succeeded() == 1);
}

TEST_CASE("a failed request counts among all latencies, not among those of the successes") {
  const auto successes = default_successes();
  recorder r(successes);
  r.add(ended(ending::answered, 200, 1ms));
  r.add(ended(ending::timeout, 0, 10s));
  r.add(ended(ending::unsent, 0, 20s));
  CHECK(r.total() == 3);
  CHECK(r.errors() == 2);
  CHECK(r.count(ending::timeout) == 1);
  CHECK(r.count(ending::unsent) == 1);
  CHECK(r.ok().max() == 1ms);
  CHECK(r.all().max() == 20s);
  CHECK(r.last_finished() == zero + 20s);
}

TEST_CASE("the collector hands out a second once every worker has left it, and adds all up") {
  const auto successes = default_successes();
  collector results(successes, 2);
  recorder part(successes);
  part.add(ended(ending::answered, 200, 1ms));

  // Worker 0 is done in the middle of second 1; worker 1 goes on into second 2.
  results.add(0, 0, part, 0s, false);
  results.add(1, 0, part, 5ms, false);
  const auto first = results.next();
  REQUIRE(first);
  CHECK(first->second == 0);
  CHECK(first->succeeded == 2);
  CHECK(first->behind == 5ms);
  results.add(0, 1, part, 0s, true);
  results.add(1, 1, part, 0s, false);
  CHECK(results.next()->succeeded == 2);
  results.add(1, 2, part, 0s, true);
  CHECK(results.next()->succeeded == 1);
  CHECK_FALSE(results.next());
  CHECK(results.total().succeeded() == 5);
  CHECK(results.total().body_bytes() == 50);
}
