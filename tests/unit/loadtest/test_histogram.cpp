#include "loadtest/generator/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using tailrace::load::histogram;

TEST_CASE("percentiles of small values are exact, by nearest rank") {
  histogram h;
  for (int i = 100; i >= 1; --i) h.add(nanoseconds(i));
  CHECK(h.at(0.5) == 50ns);
  CHECK(h.at(0.9) == 90ns);
  CHECK(h.at(0.99) == 99ns);
  CHECK(h.at(0.999) == 100ns);
  CHECK(h.at(0) == 1ns);
  CHECK(h.at(1) == 100ns);
  CHECK(h.max() == 100ns);
  CHECK(h.mean() == 51ns);  // 50.5, rounded
  CHECK(h.count() == 100);
}

TEST_CASE("one slow request in a hundred is the maximum and not the p99, two are the p99") {
  histogram h;
  for (int i = 0; i < 99; ++i) h.add(1ms);
  h.add(1s);
  CHECK(h.at(0.99) < 1.01ms);
  CHECK(h.at(0.999) == 1s);  // exact, because it is the maximum
  h.add(1s);
  CHECK(h.at(0.99) == 1s);
}

TEST_CASE("a reported value is never below the true one and at most 1 % above") {
  // Every power of two with its neighbours, and values spread over all magnitudes.
  std::vector<std::int64_t> values;
  for (int bit = 0; bit < 44; ++bit) {
    for (const std::int64_t near : {-1, 0, 1}) values.push_back((std::int64_t{1} << bit) + near);
  }
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> exponent(0, 43.9);
  for (int i = 0; i < 20'000; ++i) {
    values.push_back(static_cast<std::int64_t>(std::exp2(exponent(random))));
  }
  const auto highest = histogram::highest.count();
  for (auto& value : values) value = std::min(value, highest);

  // A larger value beside it keeps the maximum from making the answer exact.
  for (const auto value : values) {
    histogram h;
    h.add(nanoseconds(value));
    h.add(histogram::highest);
    const auto reported = h.at(0.5).count();
    REQUIRE(reported >= value);
    REQUIRE(static_cast<double>(reported - value) <= 0.01 * static_cast<double>(value));
  }
}

TEST_CASE("percentiles of a large sample are within 1 % of the sorted sample's") {
  std::mt19937_64 random(11);
  std::lognormal_distribution<double> latency(13, 1.5);
  std::vector<std::int64_t> sample;
  histogram h;
  for (int i = 0; i < 100'000; ++i) {
    sample.push_back(static_cast<std::int64_t>(latency(random)));
    h.add(nanoseconds(sample.back()));
  }
  std::sort(sample.begin(), sample.end());
  for (const double q : {0.5, 0.9, 0.99, 0.999}) {
    const auto rank = static_cast<std::size_t>(std::ceil(q * 100'000)) - 1;
    const auto exact = static_cast<double>(sample[rank]);
    CHECK(static_cast<double>(h.at(q).count()) == Approx(exact).epsilon(0.01));
  }
}

TEST_CASE("merging is the same as having recorded everything in one") {
  histogram one, a, b;
  for (int i = 1; i <= 1000; ++i) {
    const auto value = std::chrono::microseconds(i * i);
    one.add(value);
    (i % 3 == 0 ? a : b).add(value);
  }
  a.merge(b);
  CHECK(a.count() == one.count());
  CHECK(a.mean() == one.mean());
  CHECK(a.max() == one.max());
  for (const double q : {0.01, 0.5, 0.99, 0.999}) CHECK(a.at(q) == one.at(q));
}

TEST_CASE("an empty, a negative and an overlong record are all well defined") {
  histogram h;
  CHECK(h.at(0.99) == 0ns);
  CHECK(h.mean() == 0ns);
  h.add(-5ns);
  CHECK(h.at(0.5) == 0ns);
  h.add(24h);
  CHECK(h.max() == 24h);
  CHECK(h.at(1) == 24h);
}

TEST_CASE("the mean stays exact when the sum no longer fits into 64 bits, merged or not") {
  histogram one, other;
  for (int i = 0; i < 3; ++i) one.add(nanoseconds::max());
  CHECK(one.mean() == nanoseconds::max());
  other.add(nanoseconds::max());
  for (int i = 0; i < 3; ++i) other.merge(one);
  CHECK(other.count() == 10);
  CHECK(other.mean() == nanoseconds::max());
}
