// The generator's arithmetic from the schedule to the percentiles, on virtual time.
#include <algorithm>
#include <cmath>
#include <random>

#include "tests/support/catch.hpp"
#include "tests/unit/loadtest/plans.hpp"
#include "tests/unit/loadtest/virtual_run.hpp"

using namespace std::chrono_literals;
using namespace tailrace::load;
using namespace tailrace::test;
using std::chrono::nanoseconds;

namespace {

constexpr double quantiles[] = {0.01, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1};

// Every percentile by nearest rank, which the histogram may report at most 1/128 too high.
void check_percentiles(const histogram& h, std::vector<nanoseconds> truth) {
  REQUIRE(h.count() == truth.size());
  if (truth.empty()) return;
  std::sort(truth.begin(), truth.end());
  for (const double q : quantiles) {
    const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(truth.size())));
    const auto exact = truth[std::max<std::size_t>(rank, 1) - 1];
    INFO("quantile " << q << " of " << truth.size());
    CHECK(h.at(q) >= exact);
    CHECK(h.at(q) <= exact + exact / 128);
  }
  CHECK(h.max() == truth.back());
}

template <typename Wanted>
std::vector<nanoseconds> latencies(const std::vector<outcome>& outcomes, Wanted wanted) {
  std::vector<nanoseconds> found;
  for (const auto& o : outcomes) {
    if (wanted(o)) found.push_back(o.finished - o.ticket.scheduled);
  }
  return found;
}

// From 10 us to 1 s, the same for the same number, so that every run can be checked by itself.
nanoseconds delay_of(std::uint64_t number, std::uint64_t seed) {
  std::mt19937_64 random(number * 1000003 + seed);
  return nanoseconds(std::llround(std::pow(10, 4 + static_cast<double>(random() % 5000) / 1000)));
}

plan random_plan(std::mt19937& random) {
  const auto up_to = [&random](unsigned n) { return static_cast<unsigned>(random() % n); };
  plan p;
  p.arrivals = up_to(2) == 0 ? arrivals::constant : arrivals::poisson;
  p.closed = up_to(5) == 0;
  p.seed = random();
  p.connections = 4 + up_to(60);
  p.threads = 1 + up_to(4);
  p.timeout = std::chrono::milliseconds(20 + up_to(1000));
  for (unsigned i = 0; i <= up_to(4); ++i) {
    p.phases.push_back(phase_of(1 + up_to(400), 1ms * (1 + up_to(2500)), i == 0 || up_to(3) > 0));
  }
  for (unsigned i = 0; i <= up_to(3); ++i) {
    p.kinds.push_back(kind_of("kind" + std::to_string(i), 0.5 + up_to(10)));
  }
  return p;
}

// How many arrivals the schedule has, asked for without the generator.
std::uint64_t scheduled(const plan& p, std::size_t phase) {
  std::uint64_t count = 0;
  for (unsigned worker = 0; worker < p.threads; ++worker) {
    auto s = p.arrivals == arrivals::constant
                 ? schedule::constant(p.phases, worker, p.threads)
                 : schedule::poisson(p.phases, p.seed, worker, p.threads);
    while (const auto arrival = s.next()) count += arrival->phase == phase ? 1 : 0;
  }
  return count;
}

void check_phases(const plan& p, const run_result& r) {
  std::uint64_t offered = 0;
  for (std::size_t i = 0; i < p.phases.size(); ++i) {
    recorder phase;
    for (const auto& cell : r.by_kind(i)) {
      REQUIRE(cell.offered() == cell.total());
      phase.merge(cell);
    }
    if (!p.closed) REQUIRE(phase.offered() == (p.phases[i].recorded ? scheduled(p, i) : 0));
    offered += phase.offered();
  }
  REQUIRE(offered == r.total().offered());
}

void check_timeline(const run_result& r) {
  std::uint64_t offered = 0, ok = 0, refused = 0, errors = 0;
  for (const auto& row : r.found.timeline) {
    REQUIRE(row.all.offered == row.all.ok + row.all.refused + row.all.errors);
    offered += row.all.offered;
    ok += row.all.ok;
    refused += row.all.refused;
    errors += row.all.errors;
    std::uint64_t by_kind = 0;
    for (const auto& kind : row.kinds) by_kind += kind.offered;
    REQUIRE(by_kind == row.all.offered);
  }
  REQUIRE(offered == r.total().offered());
  REQUIRE(ok == r.total().succeeded());
  REQUIRE(refused == r.total().refused());
  REQUIRE(errors == r.total().errors());
}

// What was seen to fall due while the run lasted, and what was seen to end.
std::pair<std::uint64_t, std::uint64_t> seen_live(const run_result& r) {
  std::uint64_t offered = 0, ended = 0;
  for (const auto& second : r.live) {
    offered += second.ended.offered;
    ended += second.ended.ok + second.ended.refused + second.ended.errors;
  }
  return {offered, ended};
}

}  // namespace

TEST_CASE("known delays come out as exact percentiles, by phase and by kind") {
  plan p = plan_of({phase_of(5000, 1s, false), phase_of(2000, 5s), phase_of(300, 10s)});
  p.arrivals = arrivals::poisson;
  p.kinds = {kind_of("a", 3), kind_of("b", 1)};
  p.connections = 20'000;  // nothing ever waits
  p.threads = 3;
  const auto v = run_virtually(p, [](const ticket& t, nanoseconds) {
    const bool refused = t.kind == 1 && t.number % 4 == 0;
    return virtual_answer{refused ? ending::refused : ending::ok, refused ? 503U : 200U,
                          delay_of(t.number, 7)};
  });
  for (const std::size_t phase : {1U, 2U}) {
    const auto by_kind = v.result.by_kind(phase);
    for (const std::size_t kind : {0U, 1U}) {
      const auto those = [&](ending how) {
        return latencies(v.outcomes, [&](const outcome& o) {
          return o.ticket.phase == phase && o.ticket.kind == kind && o.how == how;
        });
      };
      check_percentiles(by_kind[kind].ok(), those(ending::ok));
      check_percentiles(by_kind[kind].service(), those(ending::ok));
      check_percentiles(by_kind[kind].refusals(), those(ending::refused));
    }
  }
  // The first phase is sent, and counted nowhere.
  CHECK(v.outcomes.size() > 15'000);
  CHECK(v.result.by_kind(0)[0].total() == 0);
  CHECK(v.result.total().offered() == v.result.total().total());
  CHECK(v.result.found.lateness.count() == v.result.total().total());
  CHECK(v.result.found.lateness.max() == 0s);
  CHECK(v.result.found.timeline.front().second == 1);
}

TEST_CASE("a stalled server is counted from the schedule: every request that was due waited") {
  // 100 requests a second for 10 s on one connection, answered at once, but in the second from
  // 5 s on not at all: the requests due at 5.00, 5.01 … 5.99 s wait 1.00, 0.99 … 0.01 s.
  plan p = plan_of({phase_of(100, 5s), phase_of(100, 5s)});
  p.connections = 1;
  const auto v = run_virtually(p, [](const ticket&, nanoseconds begun) {
    const bool stalled = begun >= 5s && begun < 6s;
    return virtual_answer{ending::ok, 200, stalled ? 6s - begun : 0s};
  });
  const recorder all = v.result.total();
  REQUIRE(all.succeeded() == 1000);
  std::vector<nanoseconds> truth(900, 0ns);
  for (int i = 1; i <= 100; ++i) truth.push_back(i * 10ms);
  check_percentiles(all.ok(), truth);
  CHECK(all.ok().mean() == 50'500us);  // (1.00 + 0.99 + … + 0.01) / 1000
  // Counted from sending, as a closed loop does, only one request in a thousand was slow.
  CHECK(all.service().at(0.999) == 0s);
  CHECK(all.service().max() == 1s);
  // The waiting is the server's: none of it is charged to the generator.
  CHECK(v.result.found.lateness.max() == 0s);
  // All of it belongs to the second phase, and to the second for which it was scheduled.
  CHECK(v.result.by_kind(0)[0].ok().max() == 0s);
  CHECK(v.result.by_kind(1)[0].ok().max() == 1s);
  REQUIRE(v.result.found.timeline.size() == 10);
  for (const auto& row : v.result.found.timeline) {
    CHECK(row.all.offered == 100);
    CHECK(row.all.ok == 100);
    CHECK(row.all.max == (row.second == 5 ? 1s : 0s));
  }
  CHECK(v.result.found.timeline[5].all.p50 >= 500ms);
  CHECK(v.result.found.timeline[5].all.p50 < 504ms);
  // Seen live they fell due all the same, and it was the next second in which the answers came.
  for (const unsigned second : {0U, 5U, 6U, 9U})
    CHECK(v.result.live.at(second).ended.offered == 100);
  CHECK(v.result.live.at(5).ended.ok == 0);
  CHECK(v.result.live.at(6).ended.ok == 200);
}

TEST_CASE("what is late at a phase's end is the affair of that phase") {
  // One connection, 30 ms each: the five requests of the first phase take until 150 ms.
  plan p = plan_of({phase_of(100, 50ms), phase_of(10, 200ms)});
  p.connections = 1;
  const auto v = run_virtually(
      p, [](const ticket&, nanoseconds) { return virtual_answer{ending::ok, 200, 30ms}; });
  const auto first = v.result.by_kind(0)[0], second = v.result.by_kind(1)[0];
  CHECK(first.succeeded() == 5);
  CHECK(first.ok().max() == 150ms - 40ms);
  CHECK(second.succeeded() == 2);
  CHECK(second.ok().max() == 180ms - 50ms);
}

TEST_CASE("a full house: what finds no connection until the end is offered and counted as unsent") {
  plan p = plan_of({phase_of(1000, 1s)});
  p.connections = 10;
  p.timeout = 200ms;
  const auto v = run_virtually(
      p, [](const ticket&, nanoseconds) { return virtual_answer{ending::ok, 200, 1h}; });
  const recorder all = v.result.total();
  CHECK(all.offered() == 1000);
  CHECK(all.count(ending::timeout) == 60);  // ten every 200 ms, the last ones at 1 s
  CHECK(all.count(ending::unsent) == 940);
  CHECK(all.errors() == 1000);
  CHECK(all.all().max() >= 1s);
}

TEST_CASE("whatever happens, offered = ok + refused + errors, and every view adds up to the same") {
  const auto first_seed = std::random_device{}();
  for (unsigned seed = first_seed; seed != first_seed + 60; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const plan p = random_plan(random);
    const auto v = run_virtually(p, [&](const ticket& t, nanoseconds) {
      const auto how = static_cast<ending>(random() % static_cast<unsigned>(ending::unsent));
      return virtual_answer{how, how == ending::ok ? 200U : 500U, delay_of(t.number, seed)};
    });
    const recorder all = v.result.total();
    REQUIRE(all.offered() == all.succeeded() + all.refused() + all.errors());
    check_phases(p, v.result);
    check_timeline(v.result);
    REQUIRE(seen_live(v.result) == std::pair(v.outcomes.size(), v.outcomes.size()));
    std::uint64_t errors = 0;
    for (std::size_t e = first_error; e < ending_count; ++e) {
      errors += all.count(static_cast<ending>(e));
    }
    REQUIRE(errors == all.errors());
    check_percentiles(all.ok(), latencies(v.outcomes, [&p](const outcome& o) {
                        return p.phases[o.ticket.phase].recorded && o.how == ending::ok;
                      }));
  }
}
