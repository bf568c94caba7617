#include "exec/executor.hpp"

#include <atomic>
#include <deque>
#include <random>
#include <thread>
#include <vector>

#include "tests/concurrency/stress.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/jobs.hpp"
#include "tests/support/watchdog.hpp"

using tailrace::duration;
using tailrace::errc;
using tailrace::steady_clock;
using tailrace::exec::executor;
using tailrace::exec::executor_options;
using tailrace::exec::job;
using tailrace::test::dawdle;
using tailrace::test::recorded_job;
using tailrace::test::scaled;
using tailrace::test::watchdog;

namespace {

// Runs once, counts itself, and submits its children from inside.
class family_job final : public job {
 public:
  family_job(executor& on, std::atomic<std::size_t>& e) : on_(on), ended_(e) {}

  void run(duration) noexcept override {
    ++calls;
    for (auto& child : children) child.submit();
    ended_.fetch_add(1, std::memory_order_release);
  }
  void drop(errc) noexcept override { std::terminate(); }

  // Until there is room: a refusal is part of the deal.
  void submit() noexcept {
    while (!on_.submit(*this)) std::this_thread::yield();
  }

  std::deque<family_job> children;
  int calls = 0;

 private:
  executor& on_;
  std::atomic<std::size_t>& ended_;
};

void wait_until(const std::atomic<std::size_t>& count, std::size_t target) {
  while (count.load(std::memory_order_acquire) < target) std::this_thread::yield();
}

}  // namespace

TEST_CASE("many submitters and nested submits: every job runs exactly once") {
  const watchdog alive("many submitters");
  const steady_clock clock;
  // Room for all: a worker that waits for room inside a job would wait for itself.
  const std::size_t per_submitter = scaled(40'000), submitters = 4, nested = 3;
  executor pool(clock, executor_options("stress", 3, submitters * per_submitter * (nested + 1)));
  std::atomic<std::size_t> ended{0};
  std::vector<std::deque<family_job>> jobs(submitters);
  for (auto& own : jobs)
    for (std::size_t i = 0; i < per_submitter; ++i) {
      auto& parent = own.emplace_back(pool, ended);
      for (std::size_t n = 0; n < i % (nested + 1); ++n) parent.children.emplace_back(pool, ended);
    }
  std::vector<std::thread> threads;
  for (auto& own : jobs)
    threads.emplace_back([&own] {
      for (auto& parent : own) parent.submit();
    });
  for (auto& t : threads) t.join();
  std::size_t total = 0;
  for (const auto& own : jobs)
    for (const auto& parent : own) total += 1 + parent.children.size();
  wait_until(ended, total);
  pool.close_and_join();
  std::size_t not_once = 0;
  for (const auto& own : jobs)
    for (const auto& parent : own) {
      not_once += parent.calls != 1;
      for (const auto& child : parent.children) not_once += child.calls != 1;
    }
  CHECK(not_once == 0);
  CHECK(pool.snapshot().run == total);
}

TEST_CASE("a small queue under many submitters refuses and accepts without losing count") {
  const watchdog alive("small queue");
  const steady_clock clock;
  executor pool(clock, executor_options("stress", 2, 4));
  std::atomic<std::size_t> ended{0};
  const std::size_t each = scaled(100'000);
  std::vector<std::deque<family_job>> jobs(3);
  for (auto& own : jobs)
    for (std::size_t i = 0; i < each; ++i) own.emplace_back(pool, ended);
  std::atomic<bool> within{true};
  std::vector<std::thread> threads;
  for (auto& own : jobs)
    threads.emplace_back([&] {
      for (auto& j : own) {
        j.submit();
        if (pool.pending() > 4) within = false;
      }
    });
  for (auto& t : threads) t.join();
  wait_until(ended, 3 * each);
  pool.close_and_join();
  CHECK(within);
  CHECK(pool.snapshot().run == 3 * each);
}

TEST_CASE("bursts with idle gaps never lose a wake-up") {
  const watchdog alive("bursts");
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const steady_clock clock;
  const std::size_t workers = GENERATE(1U, 2U, 4U);
  executor pool(clock, executor_options("burst", workers, 64));
  std::atomic<std::size_t> ended{0};
  std::size_t total = 0;
  for (std::size_t burst = 0; burst < scaled(30'000); ++burst) {
    std::deque<family_job> jobs;
    for (unsigned i = 1 + random() % 4; i > 0; --i) jobs.emplace_back(pool, ended).submit();
    total += jobs.size();
    // The workers now run dry and go to sleep, just when the next burst comes or well before it.
    wait_until(ended, total);
    dawdle(random, 8192);
  }
  pool.close_and_join();
  const auto sum = pool.snapshot();
  CHECK(sum.run == total);
  CHECK(sum.wakeups > 0);
}

TEST_CASE("executors that start and stop at once lose nothing and join") {
  const watchdog alive("start and stop");
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const steady_clock clock;
  for (std::size_t i = 0; i < scaled(2'000); ++i) {
    executor pool(clock, executor_options("storm", 1 + random() % 4, 16));
    std::atomic<std::size_t> ended{0};
    std::deque<family_job> jobs;
    for (unsigned n = random() % 8; n > 0; --n) jobs.emplace_back(pool, ended).submit();
    if (random() % 2 == 0) dawdle(random, 8192);
    pool.close_and_join();
    REQUIRE(ended == jobs.size());
  }
}

TEST_CASE("closing in the middle of submits: what was accepted is run or dropped, no more") {
  const watchdog alive("close during submits");
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const steady_clock clock;
  for (std::size_t round = 0; round < scaled(400); ++round) {
    executor pool(clock, executor_options("close", 2, 1000));
    std::vector<std::deque<recorded_job>> jobs(3);
    std::atomic<std::size_t> accepted{0};
    std::vector<std::thread> threads;
    for (auto& own : jobs)
      threads.emplace_back([&] {
        const auto called_off = tailrace::cancel_flag::make();
        called_off.cancel();
        for (int i = 0; i < 300; ++i) {
          auto& j =
              i % 3 == 0 ? own.emplace_back(tailrace::deadline(), called_off) : own.emplace_back();
          if (pool.submit(j)) accepted.fetch_add(1);
        }
      });
    dawdle(random, 8192);
    pool.close_and_join();
    for (auto& t : threads) t.join();
    std::size_t runs = 0, drops = 0, twice = 0;
    for (const auto& own : jobs)
      for (const auto& j : own) {
        runs += static_cast<std::size_t>(j.runs);
        drops += static_cast<std::size_t>(j.drops);
        twice += j.calls() > 1;
      }
    const auto sum = pool.snapshot();
    REQUIRE(twice == 0);
    REQUIRE(runs + drops == accepted);
    REQUIRE(sum.run == runs);
    REQUIRE(sum.dropped_cancelled == drops);
    REQUIRE(sum.pending == 0);
  }
}
