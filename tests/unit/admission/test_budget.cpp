#include "admission/budget.hpp"

#include "tests/support/catch.hpp"

using tailrace::admission::budget;
using tailrace::admission::use;

TEST_CASE("budget: what is kept of a permit is for something else, and the rest is free again") {
  budget memory(100);
  auto held = memory.try_take(90, use::image).value();
  CHECK_FALSE(memory.try_take(20, use::image));
  held.keep(30, use::result);
  CHECK(memory.used() == 30);
  CHECK(memory.used_for(use::image) == 0);
  CHECK(memory.used_for(use::result) == 30);
  // There is no more to keep than there is.
  held.keep(50, use::source);
  CHECK(memory.used_for(use::result) == 0);
  CHECK(memory.used_for(use::source) == 30);
  held.release();
  held.keep(10, use::result);
  CHECK(memory.used() == 0);
  CHECK(memory.used_for(use::result) == 0);
}
