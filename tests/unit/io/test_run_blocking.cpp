#include "core/clock.hpp"
#include "exec/offload.hpp"
#include "io/bell.hpp"
#include "io/run_blocking.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "tests/support/catch.hpp"

namespace tailrace {
namespace {

io::awaitable<std::string> said(std::string what) {
  co_return what;
}

io::awaitable<void> thrown() {
  throw std::runtime_error("as thrown");
  co_return;
}

// No default constructor, not copyable.
struct plain {
  explicit plain(int n) : number(std::make_unique<int>(n)) {}
  std::unique_ptr<int> number;
};

io::awaitable<plain> made(int n) {
  co_return plain(n);
}

io::awaitable<void> later(int& steps) {
  const auto executor = co_await boost::asio::this_coro::executor;
  for (int i = 0; i < 3; ++i) co_await boost::asio::post(executor, io::use_awaitable);
  ++steps;
}

io::awaitable<int> leaves_something_behind(int& steps) {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::co_spawn(executor, later(steps), boost::asio::detached);
  co_return steps;
}

io::awaitable<result<std::thread::id>> worker_of(exec::executor& on) {
  auto job = [] { return std::this_thread::get_id(); };
  auto away = exec::offload(on, exec::job_options(), job);
  auto id = co_await std::move(away);
  co_return id;
}

io::awaitable<io::bell::heard> waited(io::thread& on, deadline until) {
  io::bell silent(on);
  auto waiting = silent.wait(until);
  const auto heard = co_await std::move(waiting);
  co_return heard;
}

}  // namespace

TEST_CASE("run_blocking: the value comes back, whatever its type") {
  CHECK(io::run_blocking(said("done")) == "done");
  CHECK(*io::run_blocking(made(7)).number == 7);
  int steps = 0;
  io::run_blocking(later(steps));
  CHECK(steps == 1);
}

TEST_CASE("run_blocking: exceptions pass through") {
  CHECK_THROWS_WITH(io::run_blocking(thrown()), "as thrown");
}

TEST_CASE("run_blocking: what the work started has ended too") {
  int steps = 0;
  // The value was taken before the other coroutine had come to its end …
  CHECK(io::run_blocking(leaves_something_behind(steps)) == 0);
  // … and yet that is over.
  CHECK(steps == 1);
}

TEST_CASE("run_blocking: a job on a worker is waited for") {
  steady_clock time;
  exec::executor workers(time, exec::executor_options("blocking", 1, 4));
  const auto id = io::run_blocking(worker_of(workers));
  REQUIRE(id.has_value());
  CHECK(*id != std::this_thread::get_id());
}

TEST_CASE("run_blocking: on an I/O thread deadlines pass, and it can be run again") {
  steady_clock time;
  io::thread on(0, time);
  for (int i = 0; i < 2; ++i) {
    const auto soon = deadline::after(time.now(), std::chrono::milliseconds(1));
    CHECK(io::run_blocking(on, waited(on, soon)) == io::bell::heard::late);
  }
  // The ticker is no work that stays.
  CHECK(on.context.stopped());
  CHECK_THROWS_WITH(io::run_blocking(on, thrown()), "as thrown");
  CHECK(io::run_blocking(on, said("again")) == "again");
}

}  // namespace tailrace
