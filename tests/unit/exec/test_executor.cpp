#include "exec/executor.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <deque>
#include <pthread.h>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/jobs.hpp"
#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;
using tailrace::cancel_flag;
using tailrace::deadline;
using tailrace::duration;
using tailrace::errc;
using tailrace::exec::executor;
using tailrace::exec::executor_options;
using tailrace::test::held_worker;
using tailrace::test::manual_clock;
using tailrace::test::recorded_job;

namespace {

// Read by several threads, and counts how often.
class counted_clock final : public tailrace::clock {
 public:
  tailrace::time_point now() const noexcept override {
    ++looks;
    return tailrace::time_point(1h) + passed.load();
  }
  mutable std::atomic<int> looks{0};
  std::atomic<duration> passed{duration::zero()};
};

}  // namespace

TEST_CASE("a job past its deadline and a cancelled job are dropped when their turn comes") {
  manual_clock clock;
  executor pool(clock, executor_options("test", 1, 8));
  held_worker held(pool);
  const auto flag = cancel_flag::make();
  recorded_job late(deadline::after(clock.now(), 20ms), {});
  recorded_job in_time(deadline::after(clock.now(), 21ms), {});
  recorded_job cancelled({}, flag);
  for (auto* j : {&late, &in_time, &cancelled}) REQUIRE(pool.submit(*j).has_value());
  // They wait for 20 ms while the only worker is held, and one is called off.
  clock.advance(20ms);
  flag.cancel();
  held.release();
  pool.close_and_join();
  CHECK(late.reason == errc::deadline_exceeded);
  CHECK(cancelled.reason == errc::client_gone);
  CHECK(in_time.runs == 1);
  CHECK(in_time.waited == 20ms);
  for (auto* j : {&late, &in_time, &cancelled}) CHECK(j->calls() == 1);
  // The statistics tell the same story.
  const auto sum = pool.snapshot();
  CHECK(sum.run == 2);
  CHECK(sum.dropped_late == 1);
  CHECK(sum.dropped_cancelled == 1);
  CHECK(sum.queue_wait_seconds == Approx(0.060));
  CHECK(sum.busy_seconds == Approx(0.020));
}

TEST_CASE("a job that is taken at once starts when the one before it ended, without another look") {
  counted_clock clock;
  executor pool(clock, executor_options("test", 1, 8));
  recorded_job first, second;
  {
    held_worker held(pool);
    for (auto* j : {&first, &second}) REQUIRE(pool.submit(*j).has_value());
  }
  pool.close_and_join();
  CHECK(first.runs + second.runs == 2);
  // Three submits, the start of the job that held the worker, and three ends.
  CHECK(clock.looks == 7);
}

TEST_CASE("a worker that has slept looks at the clock before it judges a deadline") {
  counted_clock clock;
  executor pool(clock, executor_options("test", 1, 8));
  // Until the worker has slept between the two, which is not the test's to decide.
  for (bool slept = false; !slept;) {
    recorded_job first;
    recorded_job late(deadline::after(clock.now(), 20ms), {});
    REQUIRE(pool.submit(first).has_value());
    while (first.calls() == 0) std::this_thread::yield();
    const auto wakeups = pool.snapshot().wakeups;
    clock.passed = clock.passed.load() + 20ms;
    REQUIRE(pool.submit(late).has_value());
    while (late.calls() == 0) std::this_thread::yield();
    slept = pool.snapshot().wakeups > wakeups;
    if (slept) CHECK(late.reason == errc::deadline_exceeded);
  }
}

TEST_CASE("no more jobs wait than the capacity says; the rest is refused as overloaded") {
  manual_clock clock;
  executor pool(clock, executor_options("test", 1, 3));
  held_worker held(pool);
  std::deque<recorded_job> jobs(5);
  for (std::size_t i = 0; i < 3; ++i) CHECK(pool.submit(jobs[i]).has_value());
  CHECK(pool.pending() == 3);
  for (std::size_t i = 3; i < 5; ++i) {
    const auto refused = pool.submit(jobs[i]);
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == errc::overloaded);
  }
  held.release();
  pool.close_and_join();
  CHECK(pool.pending() == 0);
  for (std::size_t i = 0; i < 5; ++i) CHECK(jobs[i].calls() == (i < 3 ? 1 : 0));
}

TEST_CASE("closing refuses new jobs as draining and finishes the accepted ones") {
  manual_clock clock;
  executor pool(clock, executor_options("test", 2, 200));
  std::deque<recorded_job> jobs(100);
  {
    held_worker first(pool), second(pool);
    for (auto& j : jobs) REQUIRE(pool.submit(j).has_value());
    pool.close();
    recorded_job refused;
    CHECK(pool.submit(refused).error().code == errc::draining);
    CHECK(refused.calls() == 0);
  }
  pool.close_and_join();
  pool.close_and_join();
  for (const auto& j : jobs) CHECK(j.runs == 1);
  CHECK(pool.snapshot().run == 102);
}

TEST_CASE("jobs from outside start in the order they came, give or take a batch") {
  manual_clock clock;
  const int batch = GENERATE(1, 8);
  executor_options options("test", 1, 200);
  options.batch = static_cast<std::size_t>(batch);
  executor pool(clock, options);
  std::vector<int> order;
  std::deque<recorded_job> jobs;
  {
    held_worker held(pool);
    for (int i = 0; i < 100; ++i) {
      jobs.emplace_back([&order, i] { order.push_back(i); });
      REQUIRE(pool.submit(jobs.back()).has_value());
    }
  }
  pool.close_and_join();
  REQUIRE(order.size() == 100);
  for (int place = 0; place < 100; ++place) {
    INFO("job " << order[place] << " was number " << place);
    CHECK(std::abs(order[place] - place) < batch);
  }
  // Within a batch too, but for the rare fair turn: among 100 there are at most two.
  int out_of_turn = 0;
  for (int place = 1; place < 100; ++place) out_of_turn += order[place] < order[place - 1];
  CHECK(out_of_turn <= 2);
}

TEST_CASE("what a job submits runs next, newest first, but cannot starve the others") {
  manual_clock clock;
  executor pool(clock, executor_options("test", 1, 1000));
  std::vector<std::string> order;
  recorded_job outside([&] { order.push_back("outside"); });
  std::deque<recorded_job> inside;
  for (int i = 0; i < 250; ++i)
    inside.emplace_back([&order, i] { order.push_back(std::to_string(i)); });
  std::latch submitted(1);
  recorded_job parent([&] {
    for (auto& j : inside) (void)pool.submit(j);
    submitted.count_down();
  });
  {
    held_worker held(pool);
    REQUIRE(pool.submit(parent).has_value());
    REQUIRE(pool.submit(outside).has_value());
  }
  submitted.wait();
  pool.close_and_join();
  REQUIRE(order.size() == 251);
  CHECK(order.front() == "249");
  const auto turn = std::find(order.begin(), order.end(), "outside") - order.begin();
  INFO("the job from outside came as number " << turn);
  CHECK(turn < 130);
}

TEST_CASE("a job that submits more than its worker's deque holds loses none of them") {
  manual_clock clock;
  executor pool(clock, executor_options("test", 1, 2000));
  std::deque<recorded_job> inside(1000);
  std::latch submitted(1);
  std::size_t accepted = 0;
  recorded_job parent([&] {
    for (auto& j : inside) accepted += pool.submit(j).has_value();
    submitted.count_down();
  });
  REQUIRE(pool.submit(parent).has_value());
  submitted.wait();
  pool.close_and_join();
  CHECK(accepted == inside.size());
  for (const auto& j : inside) CHECK(j.runs == 1);
}

TEST_CASE("an idle worker steals from a busy one") {
  manual_clock clock;
  executor pool(clock, executor_options("test", 2, 100));
  std::latch all_ran(10);
  std::deque<recorded_job> inside;
  for (int i = 0; i < 10; ++i) inside.emplace_back([&] { all_ran.count_down(); });
  // The parent keeps its worker until its children have run: only a thief can run them.
  recorded_job parent([&] {
    for (auto& j : inside) (void)pool.submit(j);
    all_ran.wait();
  });
  REQUIRE(pool.submit(parent).has_value());
  all_ran.wait();
  pool.close_and_join();
  for (const auto& j : inside) CHECK(j.runs == 1);
}

TEST_CASE("threads have names, and hooks run first and last on each of them") {
  manual_clock clock;
  std::atomic<int> started{0}, ended{0};
  executor_options options("tr-short", 3, 8);
  options.on_thread_start = [&] { ++started; };
  options.on_thread_end = [&] { ++ended; };
  executor pool(clock, options);
  std::string name;
  recorded_job job([&] {
    // Set by the thread that starts the workers, so it may come a moment after the first job.
    char text[16] = {};
    while (::pthread_getname_np(::pthread_self(), text, sizeof text) == 0 &&
           std::string_view(text).substr(0, 9) != "tr-short-")
      std::this_thread::yield();
    name = text;
  });
  REQUIRE(pool.submit(job).has_value());
  CHECK(ended == 0);
  pool.close_and_join();
  CHECK(name.size() == 10);
  CHECK(started == 3);
  CHECK(ended == 3);
}
