#include "loadtest/generator/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/unit/loadtest/plans.hpp"

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using tailrace::load::phase;
using tailrace::load::schedule;
using tailrace::test::phase_of;

namespace {

std::vector<nanoseconds> first(schedule s, std::size_t count) {
  std::vector<nanoseconds> times;
  for (std::size_t i = 0; i < count; ++i) times.push_back(s.next().value().at);
  return times;
}

// At one rate, for longer than any test looks.
std::vector<phase> always(double rate) {
  return {phase_of(rate, 2'000'000s)};
}

std::vector<schedule::arrival> all_of(schedule s) {
  std::vector<schedule::arrival> arrivals;
  while (const auto next = s.next()) arrivals.push_back(*next);
  return arrivals;
}

}  // namespace

TEST_CASE("a constant rate is evenly spaced from zero") {
  CHECK(first(schedule::constant(always(1000)), 4) == std::vector<nanoseconds>{0ns, 1ms, 2ms, 3ms});
  CHECK(first(schedule::constant(always(0.5)), 3) == std::vector<nanoseconds>{0s, 2s, 4s});
}

TEST_CASE("a rate that does not divide a second does not drift") {
  schedule s = schedule::constant(always(3));
  nanoseconds last{};
  for (int i = 0; i <= 3'000'000; ++i) last = s.next().value().at;
  CHECK(last == 1'000'000s);
}

TEST_CASE("the workers' shares of a constant rate are together the whole schedule") {
  auto together = first(schedule::constant(always(7), 0, 3), 10);
  for (const std::uint64_t worker : {1, 2}) {
    const auto share = first(schedule::constant(always(7), worker, 3), 10);
    together.insert(together.end(), share.begin(), share.end());
  }
  std::sort(together.begin(), together.end());
  CHECK(together == first(schedule::constant(always(7)), 30));
}

TEST_CASE("poisson arrivals have exponential gaps of the right mean") {
  constexpr int count = 200'000;
  constexpr double rate = 500;
  const auto times = first(schedule::poisson(always(rate), 42), count);
  REQUIRE(std::is_sorted(times.begin(), times.end()));
  // Mean 1/rate; standard deviation the same; a fraction 1 - 1/e of the gaps under the mean.
  double sum = 0, squares = 0;
  int below_mean = 0;
  for (std::size_t i = 1; i < times.size(); ++i) {
    const double gap = std::chrono::duration<double>(times[i] - times[i - 1]).count();
    sum += gap;
    squares += gap * gap;
    if (gap < 1 / rate) ++below_mean;
  }
  const double mean = sum / (count - 1);
  CHECK(mean == Approx(1 / rate).epsilon(0.01));
  CHECK(std::sqrt(squares / (count - 1) - mean * mean) == Approx(1 / rate).epsilon(0.02));
  CHECK(below_mean / double{count - 1} == Approx(1 - std::exp(-1)).epsilon(0.01));
}

TEST_CASE("poisson arrivals repeat with their seed, differ without, and add up over workers") {
  CHECK(first(schedule::poisson(always(100), 1), 50) ==
        first(schedule::poisson(always(100), 1), 50));
  CHECK(first(schedule::poisson(always(100), 1), 50) !=
        first(schedule::poisson(always(100), 2), 50));
  CHECK(first(schedule::poisson(always(100), 1, 0, 2), 50) !=
        first(schedule::poisson(always(100), 1, 1, 2), 50));
  // Each of four workers carries a quarter: 10000 arrivals take 400 s instead of 100.
  const auto share = first(schedule::poisson(always(100), 1, 3, 4), 10'000);
  CHECK(std::chrono::duration<double>(share.back()).count() == Approx(400).epsilon(0.05));
}

TEST_CASE("phases follow each other in one schedule, each at its own rate, half open") {
  const auto arrivals =
      all_of(schedule::constant({phase_of(10, 300ms), phase_of(4, 1s), phase_of(20, 100ms)}));
  REQUIRE(arrivals.size() == 3 + 4 + 2);
  CHECK(arrivals[2] == schedule::arrival{200ms, 0});
  // The next one is where the first phase would have had its fourth.
  CHECK(arrivals[3] == schedule::arrival{300ms, 1});
  CHECK(arrivals[6] == schedule::arrival{1050ms, 1});
  CHECK(arrivals[7] == schedule::arrival{1300ms, 2});
  CHECK(arrivals[8] == schedule::arrival{1350ms, 2});
}

TEST_CASE("what a phase began, the next one goes on with: no request is lost or doubled") {
  // Half an arrival of the first phase is due at its end: the second, at 1/s, takes half a second
  // more for it.
  const auto arrivals = all_of(schedule::constant({phase_of(1, 1500ms), phase_of(1, 2s)}));
  REQUIRE(arrivals.size() == 4);
  CHECK(arrivals[2] == schedule::arrival{2s, 1});
  CHECK(arrivals[3] == schedule::arrival{3s, 1});
  // A phase too short and slow for a request of its own has none, and does not stop the others.
  const auto around =
      all_of(schedule::constant({phase_of(10, 50ms), phase_of(0.001, 1ms), phase_of(10, 100ms)}));
  REQUIRE(around.size() == 2);
  CHECK(around[1].phase == 2);
}

TEST_CASE("workers share every phase between them") {
  const std::vector<phase> phases{phase_of(50, 1s), phase_of(333, 700ms), phase_of(7, 2s)};
  std::vector<schedule::arrival> together;
  for (const std::uint64_t worker : {0, 1, 2}) {
    const auto share = all_of(schedule::constant(phases, worker, 3));
    together.insert(together.end(), share.begin(), share.end());
  }
  std::sort(together.begin(), together.end(),
            [](const auto& a, const auto& b) { return a.at < b.at; });
  CHECK(together == all_of(schedule::constant(phases)));
}

TEST_CASE("poisson arrivals keep to each phase's rate and to its bounds") {
  const std::vector<phase> phases{phase_of(2000, 20s), phase_of(100, 100s), phase_of(4000, 10s)};
  const nanoseconds starts[] = {0s, 20s, 120s, 130s};
  std::size_t counts[3] = {};
  for (const auto& arrival : all_of(schedule::poisson(phases, 5))) {
    ++counts[arrival.phase];
    REQUIRE(arrival.at >= starts[arrival.phase]);
    REQUIRE(arrival.at < starts[arrival.phase + 1]);
  }
  // Five standard deviations of a Poisson count are 5 times its root.
  CHECK(counts[0] == Approx(40'000).margin(1000));
  CHECK(counts[1] == Approx(10'000).margin(500));
  CHECK(counts[2] == Approx(40'000).margin(1000));
}
