#include "compute/hash/sha256_plan.hpp"

#include <vector>

#include "tests/support/catch.hpp"

using tailrace::hash::sha256_kernel;
using tailrace::hash::sha256_plan;

namespace {

// Only chosen, never called.
const sha256_kernel sixteen{"sixteen", 16, nullptr};
const sha256_kernel eight{"eight", 8, nullptr};
const sha256_kernel four{"four", 4, nullptr};
const sha256_kernel two{"two", 2, nullptr};

}  // namespace

TEST_CASE("without kernels every message is for OpenSSL") {
  const sha256_plan plan;
  CHECK(plan.lanes() == 1);
  CHECK(plan.choose(1) == nullptr);
  CHECK(plan.choose(1000) == nullptr);
  CHECK(plan.text() == "openssl from 1");
}

TEST_CASE("a kernel is chosen from where one pass of it is cheaper than OpenSSL one by one") {
  // 16 lanes for the price of 6.5 single messages: with six or less they stay with OpenSSL.
  const std::vector<sha256_plan::cost> costs{{&sixteen, 65}};
  const sha256_plan plan(costs, 10);
  CHECK(plan.lanes() == 16);
  CHECK(plan.choose(6) == nullptr);
  CHECK(plan.choose(7) == &sixteen);
  CHECK(plan.choose(100) == &sixteen);
  CHECK(plan.text() == "openssl from 1, sixteen from 7");
}

TEST_CASE("kernels with few lanes bridge the gap") {
  // As on Zen 5: 16 lanes cost 5.6 messages, four 2.2, two 1.4.
  const std::vector<sha256_plan::cost> costs{{&sixteen, 56}, {&eight, 90}, {&four, 22}, {&two, 14}};
  const sha256_plan plan(costs, 10);
  CHECK(plan.choose(1) == nullptr);
  CHECK(plan.choose(2) == &two);
  CHECK(plan.choose(3) == &four);
  // Four and one, in this order; four and two, which cost 36, less than six lanes of sixteen.
  CHECK(plan.choose(5) == &four);
  CHECK(plan.choose(6) == &four);
  // Three fours cost 66.
  CHECK(plan.choose(10) == &sixteen);
  CHECK(plan.choose(16) == &sixteen);
}

TEST_CASE("kernels that do not pay are not chosen, and offer no lanes") {
  const std::vector<sha256_plan::cost> costs{{&eight, 81}, {&two, 20}};
  const sha256_plan plan(costs, 10);
  CHECK(plan.lanes() == 1);
  CHECK(plan.text() == "openssl from 1");
}

TEST_CASE("the plan measured here uses only what this machine has") {
  const sha256_plan plan = tailrace::hash::measure_sha256_plan();
  INFO(plan.text());
  const auto usable = tailrace::hash::usable_sha256_kernels();
  for (std::size_t n = 1; n <= 32; ++n) {
    const sha256_kernel* chosen = plan.choose(n);
    if (chosen == nullptr) continue;
    CHECK(chosen >= usable.data());
    CHECK(chosen < usable.data() + usable.size());
    CHECK(chosen->lanes <= plan.lanes());
  }
}
