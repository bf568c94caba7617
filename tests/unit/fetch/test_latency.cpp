#include "fetch/latency.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <vector>

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using fetch::latency;

TEST_CASE("a latency says nothing before it has seen enough answers") {
  latency l;
  for (unsigned i = 1; i < latency::answers_min; ++i) l.record(5ms);
  CHECK(!l.p95());
  l.record(5ms);
  REQUIRE(l.p95());
  CHECK(*l.p95() >= 5ms);
  CHECK(*l.p95() <= 6ms);
}

TEST_CASE("a latency's percentile is never too low, and at most a fifth too high") {
  const unsigned seed = std::random_device()();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 50; ++round) {
    std::lognormal_distribution<double> ms(3, 1);
    latency l;
    std::vector<duration> all;
    for (int i = 0; i < 400; ++i) {
      all.push_back(std::chrono::microseconds(static_cast<int>(ms(random) * 1000)));
      l.record(all.back());
    }
    std::sort(all.begin(), all.end());
    const duration exact = all[379];
    REQUIRE(l.p95());
    CHECK(*l.p95() >= exact);
    CHECK(*l.p95() <= exact * 6 / 5);
  }
}

TEST_CASE("a latency forgets, and knows its ends") {
  latency l;
  for (int i = 0; i < 10'000; ++i) l.record(1s);
  CHECK(*l.p95() >= 1s);
  for (int i = 0; i < 3000; ++i) l.record(10ms);
  CHECK(*l.p95() <= 12ms);
  for (int i = 0; i < 3000; ++i) l.record(0s);
  CHECK(*l.p95() == 100us);
  for (int i = 0; i < 3000; ++i) l.record(24h);
  CHECK(*l.p95() < 100s);
  CHECK(*l.p95() > 80s);
}
