#include "exec/injector.hpp"

#include <array>

#include "tests/support/catch.hpp"
#include "tests/support/jobs.hpp"

using tailrace::exec::injector;
using tailrace::exec::job;

TEST_CASE("the injector gives jobs out in order, each worker its share") {
  std::array<tailrace::test::recorded_job, 10> jobs;
  injector inbox;
  for (auto& j : jobs) inbox.push(j);
  std::array<job*, 8> room{};
  // Two workers: half of ten and one, because a share is rounded up.
  REQUIRE(inbox.take(room, 2) == 6);
  for (std::size_t i = 0; i < 6; ++i) CHECK(room[i] == &jobs[i]);
  // No more than there is room for.
  CHECK(inbox.take(std::span(room).first(1), 1) == 1);
  CHECK(room[0] == &jobs[6]);
  // A lone sharer takes all of the rest.
  CHECK(inbox.take(room, 1) == 3);
  CHECK(room[2] == &jobs[9]);
  CHECK(inbox.take(room, 1) == 0);
  // And it can be filled again after it ran empty.
  inbox.push(jobs[0]);
  CHECK(inbox.size() == 1);
  CHECK(inbox.take(room, 4) == 1);
  CHECK(room[0] == &jobs[0]);
}
