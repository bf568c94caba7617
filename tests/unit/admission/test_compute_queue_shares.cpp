#include "admission/compute_queue.hpp"

#include "tests/support/catch.hpp"
#include "tests/unit/admission/simulated_queue.hpp"

using namespace tailrace;
using namespace tailrace::test;

TEST_CASE("compute queue: a flood leaves the others their share") {
  auto random = seeded();
  const auto flood = poisson(random, 1, 0s, 30s, 10 * capacity, usual);
  const auto polite = poisson(random, 2, 0s, 30s, 0.3 * capacity, usual);
  const auto all = simulated(both(flood, polite));
  const summary s = summed(all, 0s, 30s, 2);
  INFO(s.refused << " of " << s.offered << " refused");
  CHECK(s.refused * 50 < s.offered);
  CHECK(s.wait_p99 <= 120ms);
  CHECK(std::any_of(all.begin(), all.end(), told_of_its_share));
}

TEST_CASE("compute queue: a flood of long jobs leaves the others their share, too") {
  auto random = seeded();
  const auto flood = poisson(random, 1, 0s, 600s, 100, 2s);
  const auto polite = poisson(random, 2, 0s, 600s, 0.2, 2s);
  const auto all = simulated(both(flood, polite));
  const summary s = summed(all, 0s, 600s, 2);
  INFO(s.refused << " of " << s.offered << " refused");
  CHECK(s.refused * 4 < s.offered);
  CHECK(summed(all, 0s, 600s).served >= 560);
  CHECK(std::any_of(all.begin(), all.end(), told_of_its_share));
}

TEST_CASE("compute queue: who asks for what is not there takes nothing from the others") {
  auto random = seeded();
  // Refused addresses are told at once, what an origin does not have after a while.
  const duration fetch = GENERATE(0ms, 300ms);
  CAPTURE(fetch / 1ms);
  auto garbage = fetched(poisson(random, 1, 0s, 60s, 2000, usual), fetch);
  for (arrival& a : garbage) a.missing = true;
  auto real = fetched(poisson(random, 2, 0s, 60s, 2 * capacity, usual), 20ms);
  for (std::size_t i = 0; i < real.size(); ++i) real[i].client = static_cast<unsigned>(2 + i % 50);
  const auto all = simulated(both(garbage, real));
  const auto served = std::count_if(all.begin(), all.end(), was_served);
  INFO(served << " served");
  CHECK(static_cast<double>(served) >= 0.9 * capacity * 60);
}

TEST_CASE("compute queue: two who want more than all get the same") {
  auto random = seeded();
  const auto one = poisson(random, 1, 0s, 30s, 8 * capacity, usual);
  const auto two = poisson(random, 2, 0s, 30s, 2 * capacity, usual);
  const auto all = simulated(both(one, two));
  const auto served_one = static_cast<double>(summed(all, 0s, 30s, 1).served);
  const auto served_two = static_cast<double>(summed(all, 0s, 30s, 2).served);
  INFO(served_one << " and " << served_two);
  CHECK(served_two > 0.6 * served_one);
}

TEST_CASE("compute queue: where many sources are missing, others are fetched instead") {
  auto random = seeded();
  auto load = fetched(poisson(random, 0, 0s, 60s, 10 * capacity, usual), 100ms);
  for (std::size_t i = 0; i < load.size(); ++i) {
    load[i].client = static_cast<unsigned>(i % 1000);
    load[i].missing = i % 4 != 0;
  }
  const auto all = simulated(load);
  const auto served = std::count_if(all.begin(), all.end(), was_served);
  INFO(served << " served");
  CHECK(static_cast<double>(served) >= 0.95 * capacity * 60);
}
