#include "exec/lanes.hpp"

#include <algorithm>
#include <latch>
#include <sys/resource.h>

#include "tests/support/catch.hpp"
#include "tests/support/jobs.hpp"
#include "tests/support/manual_clock.hpp"

using tailrace::errc;
using tailrace::exec::lanes;
using tailrace::exec::lanes_options;
using tailrace::test::held_worker;
using tailrace::test::recorded_job;

TEST_CASE("a short job runs while the long lane is full, at its own priority") {
  tailrace::test::manual_clock clock;
  lanes_options options;
  options.long_capacity = 1;
  options.long_nice = 5;
  lanes both(clock, options);
  const int nice_here = ::getpriority(PRIO_PROCESS, 0);
  int nice_of_short = -1, nice_of_long = -1;
  recorded_job long_job([&] { nice_of_long = ::getpriority(PRIO_PROCESS, 0); });
  recorded_job refused;
  {
    held_worker held(both.long_lane());
    REQUIRE(both.long_lane().submit(long_job).has_value());
    CHECK(both.long_lane().submit(refused).error().code == errc::overloaded);
    std::latch ran(1);
    recorded_job short_job([&] {
      nice_of_short = ::getpriority(PRIO_PROCESS, 0);
      ran.count_down();
    });
    REQUIRE(both.short_lane().submit(short_job).has_value());
    ran.wait();
    both.short_lane().close_and_join();
  }
  both.close_and_join();
  CHECK(long_job.runs == 1);
  CHECK(nice_of_short == nice_here);
  CHECK(nice_of_long == std::min(nice_here + 5, 19));
}
