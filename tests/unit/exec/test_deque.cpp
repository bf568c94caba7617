#include "exec/deque.hpp"

#include <algorithm>
#include <vector>

#include "tests/support/catch.hpp"

using tailrace::exec::deque;

TEST_CASE("the deque is last in, first out for its owner and first in, first out for thieves") {
  int items[4] = {0, 1, 2, 3};
  deque<int, 4> jobs;
  CHECK(jobs.empty());
  for (int& item : items) CHECK(jobs.push(&item));
  CHECK(jobs.pop() == &items[3]);
  CHECK(jobs.steal() == &items[0]);
  CHECK(jobs.steal() == &items[1]);
  CHECK(jobs.pop() == &items[2]);
  // Both ends agree that nothing is left, and it stays so.
  for (int i = 0; i < 2; ++i) {
    CHECK(jobs.empty());
    CHECK(jobs.pop() == nullptr);
    CHECK(jobs.steal() == nullptr);
  }
}

TEST_CASE("a full deque refuses, and takes again after either end made room") {
  int items[3] = {};
  deque<int, 2> jobs;
  CHECK(jobs.push(&items[0]));
  CHECK(jobs.push(&items[1]));
  CHECK_FALSE(jobs.push(&items[2]));
  CHECK(jobs.steal() == &items[0]);
  CHECK(jobs.push(&items[2]));
  CHECK_FALSE(jobs.push(&items[0]));
  CHECK(jobs.pop() == &items[2]);
  CHECK(jobs.push(&items[0]));
}

TEST_CASE("the ring wraps around many times without losing or doubling an item") {
  std::vector<int> items(1000);
  std::vector<int*> seen;
  deque<int, 8> jobs;
  // Three in, one out at each end, so that the ends move on at different speeds.
  for (std::size_t next = 0; next < items.size();) {
    for (int i = 0; i < 3 && next < items.size() && jobs.push(&items[next]); ++i) ++next;
    if (int* item = jobs.steal()) seen.push_back(item);
    if (int* item = jobs.pop()) seen.push_back(item);
  }
  while (int* item = jobs.pop()) seen.push_back(item);
  std::sort(seen.begin(), seen.end());
  REQUIRE(seen.size() == items.size());
  for (std::size_t i = 0; i < items.size(); ++i) CHECK(seen[i] == &items[i]);
}
