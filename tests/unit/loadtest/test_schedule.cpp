#include "loadtest/generator/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using tailrace::load::schedule;

namespace {

std::vector<nanoseconds> first(schedule s, std::size_t count) {
  std::vector<nanoseconds> times;
  for (std::size_t i = 0; i < count; ++i) times.push_back(s.next());
  return times;
}

}  // namespace

TEST_CASE("a constant rate is evenly spaced from zero") {
  CHECK(first(schedule::constant(1000), 4) == std::vector<nanoseconds>{0ns, 1ms, 2ms, 3ms});
  CHECK(first(schedule::constant(0.5), 3) == std::vector<nanoseconds>{0s, 2s, 4s});
}

TEST_CASE("a rate that does not divide a second does not drift") {
  schedule s = schedule::constant(3);
  nanoseconds last{};
  for (int i = 0; i <= 3'000'000; ++i) last = s.next();
  CHECK(last == 1'000'000s);
}

TEST_CASE("the workers' shares of a constant rate are together the whole schedule") {
  auto together = first(schedule::constant(7, 0, 3), 10);
  for (const std::uint64_t worker : {1, 2}) {
    const auto share = first(schedule::constant(7, worker, 3), 10);
    together.insert(together.end(), share.begin(), share.end());
  }
  std::sort(together.begin(), together.end());
  CHECK(together == first(schedule::constant(7), 30));
}

TEST_CASE("poisson arrivals have exponential gaps of the right mean") {
  constexpr int count = 200'000;
  constexpr double rate = 500;
  const auto times = first(schedule::poisson(rate, 42), count);
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
  CHECK(first(schedule::poisson(100, 1), 50) == first(schedule::poisson(100, 1), 50));
  CHECK(first(schedule::poisson(100, 1), 50) != first(schedule::poisson(100, 2), 50));
  CHECK(first(schedule::poisson(100, 1, 0, 2), 50) != first(schedule::poisson(100, 1, 1, 2), 50));
  // Each of four workers carries a quarter: 10000 arrivals take 400 s instead of 100.
  const auto share = first(schedule::poisson(100, 1, 3, 4), 10'000);
  CHECK(std::chrono::duration<double>(share.back()).count() == Approx(400).epsilon(0.05));
}
