#include "exec/offload.hpp"

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/jobs.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/run.hpp"

using namespace std::chrono_literals;
using tailrace::cancel_flag;
using tailrace::deadline;
using tailrace::duration;
using tailrace::errc;
using tailrace::result;
using tailrace::exec::executor;
using tailrace::exec::executor_options;
using tailrace::exec::job_options;
using tailrace::exec::offload;
using tailrace::test::held_worker;
using tailrace::test::manual_clock;
using tailrace::test::run;
namespace io = tailrace::io;

namespace {

struct fixture {
  manual_clock clock;
  executor pool{clock, executor_options("test", 1, 2)};
};

// Where the coroutine went on, seen from itself.
struct trace {
  std::thread::id worker;
  std::thread::id resumed_on;
};

io::awaitable<result<int>> traced(executor& pool, trace& seen) {
  auto f = [&seen] {
    seen.worker = std::this_thread::get_id();
    return 42;
  };
  job_options options;
  auto answer = offload(pool, std::move(options), std::move(f));
  auto value = co_await std::move(answer);
  seen.resumed_on = std::this_thread::get_id();
  co_return value;
}

}  // namespace

TEST_CASE("offload runs on a worker and resumes on the I/O thread") {
  fixture f;
  trace seen;
  const auto value = run(traced(f.pool, seen));
  CHECK(value.value() == 42);
  CHECK(seen.worker != std::this_thread::get_id());
  CHECK(seen.resumed_on == std::this_thread::get_id());
}

TEST_CASE("offload flattens results, carries move-only values and knows void") {
  fixture f;
  const auto failed = run(
      offload(f.pool, job_options(), []() -> result<std::string> { return errc::not_an_image; }));
  CHECK(failed.error().code == errc::not_an_image);
  const auto text = run(offload(f.pool, job_options(),
                                []() -> result<std::string> { return std::string("pixels"); }));
  CHECK(text.value() == "pixels");
  auto moved = run(offload(f.pool, job_options(),
                           [p = std::make_unique<int>(7)]() mutable { return std::move(p); }));
  CHECK(*moved.value() == 7);
  const result<void> nothing = run(offload(f.pool, job_options(), [] {}));
  CHECK(nothing.has_value());
  const result<void> refused =
      run(offload(f.pool, job_options(), []() -> result<void> { return errc::forbidden; }));
  CHECK(refused.error().code == errc::forbidden);
}

TEST_CASE("what f throws becomes an internal error") {
  fixture f;
  const auto thrown =
      run(offload(f.pool, job_options(), []() -> int { throw std::runtime_error("broken"); }));
  REQUIRE(thrown.has_error());
  CHECK(thrown.error().code == errc::internal);
  CHECK(thrown.error().detail == "broken");
  const auto odd = run(offload(f.pool, job_options(), []() -> int { throw 1; }));
  CHECK(odd.error().code == errc::internal);
}

TEST_CASE("a refusal comes back through the I/O thread like everything else") {
  fixture f;
  held_worker held(f.pool);
  tailrace::test::recorded_job first, second;
  REQUIRE(f.pool.submit(first).has_value());
  REQUIRE(f.pool.submit(second).has_value());
  bool called = false;
  auto touch = [&] { called = true; };
  CHECK(run(offload(f.pool, job_options(), touch)).error().code == errc::overloaded);
  f.pool.close();
  CHECK(run(offload(f.pool, job_options(), touch)).error().code == errc::draining);
  CHECK_FALSE(called);
  held.release();
  f.pool.close_and_join();
}

TEST_CASE("a refusal does not resume its coroutine inline") {
  fixture f;
  f.pool.close();
  io::context context{1};
  std::vector<std::string> order;
  boost::asio::co_spawn(
      context.get_executor(), offload(f.pool, job_options(), [] {}),
      [&](std::exception_ptr, const result<void>&) { order.push_back("refused"); });
  boost::asio::post(context, [&] { order.push_back("posted behind it"); });
  context.run();
  CHECK(order == std::vector<std::string>{"posted behind it", "refused"});
}

TEST_CASE("stage times are reported, and f sees the cancel flag of its job") {
  fixture f;
  io::context context{1};
  held_worker held(f.pool);
  duration queued{}, ran{};
  const auto flag = cancel_flag::make();
  std::optional<result<bool>> answer;
  boost::asio::co_spawn(context.get_executor(),
                        offload(f.pool, job_options(deadline(), flag, &queued, &ran),
                                [&](const cancel_flag& cancel) {
                                  f.clock.advance(5ms);
                                  flag.cancel();
                                  return cancel.cancelled();
                                }),
                        [&](std::exception_ptr, result<bool> r) { answer = std::move(r); });
  // Submitted, and 3 ms later its turn comes.
  context.poll();
  f.clock.advance(3ms);
  held.release();
  context.run();
  REQUIRE(answer.has_value());
  CHECK(answer->value());
  CHECK(queued == 3ms);
  CHECK(ran == 5ms);
}

TEST_CASE("a job whose deadline passes in the queue ends as deadline_exceeded") {
  fixture f;
  io::context context{1};
  held_worker held(f.pool);
  std::optional<result<void>> answer;
  bool called = false;
  boost::asio::co_spawn(
      context.get_executor(),
      offload(f.pool, job_options(deadline::after(f.clock.now(), 1ms)), [&] { called = true; }),
      [&](std::exception_ptr, result<void> r) { answer = std::move(r); });
  context.poll();
  f.clock.advance(1ms);
  held.release();
  context.run();
  REQUIRE(answer.has_value());
  CHECK(answer->error().code == errc::deadline_exceeded);
  CHECK_FALSE(called);
}

TEST_CASE("a context destroyed after the job ended destroys the coroutine unresumed") {
  fixture f;
  auto alive = std::make_shared<int>(1);
  {
    io::context context{1};
    boost::asio::co_spawn(context.get_executor(), offload(f.pool, job_options(), [alive] {}),
                          [](std::exception_ptr, const result<void>&) { FAIL("resumed"); });
    context.poll_one();
    f.pool.close_and_join();
  }
  CHECK(alive.use_count() == 1);
}

TEST_CASE("a context destroyed while the job runs waits for it") {
  fixture f;
  auto alive = std::make_shared<int>(1);
  std::latch running(1);
  bool returned = false;
  {
    io::context context{1};
    auto slow = [&running, &returned, alive] {
      running.count_down();
      for (int i = 0; i < 1000; ++i) std::this_thread::yield();
      returned = true;
    };
    boost::asio::co_spawn(context.get_executor(), offload(f.pool, job_options(), slow),
                          [](std::exception_ptr, const result<void>&) { FAIL("resumed"); });
    context.poll_one();
    running.wait();
  }
  CHECK(returned);
  CHECK(alive.use_count() == 1);
}
