#include "exec/deque.hpp"

#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "tests/concurrency/stress.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/watchdog.hpp"

using tailrace::exec::deque;

namespace {

struct item {
  // Written by the owner before the push, so that a thief that sees too little is found out.
  int payload = 0;
  int taken = 0;
};

// Takes from the old end until the owner is done and nothing is left.
void thief(deque<item, 16>& jobs, const std::atomic<bool>& done, std::atomic<int>& wrong) {
  while (!done.load(std::memory_order_acquire) || !jobs.empty())
    if (item* stolen = jobs.steal()) {
      if (stolen->payload != 1) ++wrong;
      ++stolen->taken;
    }
}

}  // namespace

TEST_CASE("owner and thieves take every item of a deque exactly once") {
  const tailrace::test::watchdog alive("owner and thieves");
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  // A small ring, so that it is full, empty and at its last item all the time.
  deque<item, 16> jobs;
  std::vector<item> items(tailrace::test::scaled(2'000'000));
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::thread> thieves;
  for (int i = 0; i < 3; ++i)
    thieves.emplace_back(thief, std::ref(jobs), std::cref(done), std::ref(wrong));
  for (std::size_t next = 0; next < items.size();) {
    for (unsigned i = random() % 8; i > 0 && next < items.size(); --i) {
      items[next].payload = 1;
      if (!jobs.push(&items[next])) break;
      ++next;
    }
    for (unsigned i = random() % 8; i > 0; --i)
      if (item* mine = jobs.pop()) ++mine->taken;
  }
  while (item* mine = jobs.pop()) ++mine->taken;
  done.store(true, std::memory_order_release);
  for (auto& t : thieves) t.join();
  CHECK(wrong == 0);
  std::size_t not_once = 0;
  for (const item& i : items) not_once += i.taken != 1;
  CHECK(not_once == 0);
}
