#include "exec/offload.hpp"

#include <atomic>
#include <latch>
#include <memory>
#include <string>
#include <thread>

#include "tests/support/catch.hpp"
#include "tests/support/jobs.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/run.hpp"

using tailrace::errc;
using tailrace::result;
using tailrace::exec::background;
using tailrace::exec::executor;
using tailrace::exec::executor_options;
using tailrace::exec::job_options;
using tailrace::test::held_worker;
using tailrace::test::run;
namespace io = tailrace::io;

namespace {

struct fixture {
  tailrace::test::manual_clock clock;
  executor pool{clock, executor_options("test", 1, 2)};
};

// The job runs while the coroutine goes on, and each needs the other to get ahead.
io::awaitable<result<std::string>> overlap(executor& pool) {
  std::latch job_runs(1), coroutine_went_on(1);
  job_options options;
  auto job = start(pool, std::move(options), [&] {
    job_runs.count_down();
    coroutine_went_on.wait();
    return std::string("both");
  });
  job_runs.wait();
  coroutine_went_on.count_down();
  auto ended = job.wait();
  auto value = co_await std::move(ended);
  co_return value;
}

io::awaitable<result<int>> wait_late(executor& pool) {
  std::latch returned(1);
  job_options options;
  auto job = start(pool, std::move(options), [] { return 3; });
  auto behind = start(pool, job_options(), [&] { returned.count_down(); });
  // One worker: when the second job runs, the first has ended.
  returned.wait();
  auto second = behind.wait();
  co_await std::move(second);
  auto first = job.wait();
  auto value = co_await std::move(first);
  co_return value;
}

io::awaitable<result<void>> start_on(executor& pool) {
  auto job = start(pool, job_options(), [] {});
  auto ended = job.wait();
  auto value = co_await std::move(ended);
  co_return value;
}

}  // namespace

TEST_CASE("a started job runs while its coroutine goes on") {
  fixture f;
  CHECK(run(overlap(f.pool)).value() == "both");
}

TEST_CASE("a job that has ended before it is waited for gives its result all the same") {
  fixture f;
  CHECK(run(wait_late(f.pool)).value() == 3);
}

TEST_CASE("a refused start tells so when waited for") {
  fixture f;
  f.pool.close();
  CHECK(run(start_on(f.pool)).error().code == errc::draining);
}

TEST_CASE("a job abandoned in the queue is never called, and is freed") {
  fixture f;
  auto alive = std::make_shared<int>(1);
  bool called = false;
  {
    held_worker held(f.pool);
    {
      auto job = start(f.pool, job_options(), [&called, alive] { called = true; });
      auto moved = std::move(job);
    }
    CHECK(f.pool.pending() == 1);
  }
  f.pool.close_and_join();
  CHECK_FALSE(called);
  CHECK(alive.use_count() == 1);
}

TEST_CASE("a job abandoned while it runs has returned when its handle is gone") {
  fixture f;
  std::latch running(1), leaving(1), go_on(1);
  std::atomic<bool> returned = false;
  // Lets the job end, but not before its handle is on its way out.
  std::thread helper([&] {
    leaving.wait();
    go_on.count_down();
  });
  {
    auto job = start(f.pool, job_options(), [&] {
      running.count_down();
      go_on.wait();
      returned = true;
    });
    running.wait();
    leaving.count_down();
  }
  CHECK(returned);
  helper.join();
}
