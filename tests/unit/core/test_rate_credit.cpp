#include "core/rate_credit.hpp"

#include "tests/support/catch.hpp"

using namespace std::chrono_literals;
using tailrace::rate_credit;

TEST_CASE("a stall is seen within the grace, however much came before") {
  rate_credit credit(5s, 1000);
  CHECK(credit.left() == 5s);
  credit.spend(1s, 1'000'000'000'000);
  CHECK(credit.left() == 5s);
  credit.spend(4s, 0);
  CHECK(credit.left() == 1s);
  credit.spend(2s, 0);
  CHECK(credit.left() == 0s);
}

TEST_CASE("bytes at the least rate keep the credit, half of it uses it up") {
  rate_credit exact(5s, 1000);
  for (int i = 0; i < 100; ++i) exact.spend(1s, 1000);
  CHECK(exact.left() == 5s);
  rate_credit half(5s, 1000);
  for (int i = 0; i < 9; ++i) half.spend(1s, 500);
  CHECK(half.left() == 500ms);
  half.spend(0s, 1000);
  CHECK(half.left() == 1500ms);
}

TEST_CASE("a rate of 0 limits single waits only") {
  rate_credit credit(5s, 0);
  for (int i = 0; i < 100; ++i) credit.spend(4s, 0);
  CHECK(credit.left() == 5s);
}
