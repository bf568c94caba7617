#include "exec/lanes.hpp"
#include "exec/offload.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "tests/concurrency/stress.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/watchdog.hpp"

using tailrace::cancel_flag;
using tailrace::deadline;
using tailrace::errc;
using tailrace::steady_clock;
using tailrace::exec::executor;
using tailrace::exec::executor_options;
using tailrace::exec::job_options;
using tailrace::exec::offload;
using tailrace::test::dawdle;
using tailrace::test::scaled;
using tailrace::test::watchdog;
namespace io = tailrace::io;

namespace {

// What the coroutines of one I/O thread saw; only that thread writes.
struct tally_of_thread {
  std::size_t right = 0;
  std::size_t refused = 0;
  std::size_t wrong = 0;
};

// One hop after the other; the thread's own counters prove where it resumes.
io::awaitable<void> hop_repeatedly(executor& pool, std::size_t hops, tally_of_thread& seen) {
  const auto home = std::this_thread::get_id();
  for (std::size_t i = 0; i < hops; ++i) {
    auto twice = [i] { return 2 * i; };
    job_options options;
    auto answer = offload(pool, std::move(options), std::move(twice));
    const auto value = co_await std::move(answer);
    if (std::this_thread::get_id() != home)
      ++seen.wrong;
    else if (value.has_value())
      ++(*value == 2 * i ? seen.right : seen.wrong);
    else
      ++(value.error().code == errc::overloaded ? seen.refused : seen.wrong);
  }
}

// Starts a job that writes to a local, and waits for it, or leaves at once; then the local is gone.
io::awaitable<void> start_and_maybe_leave(executor& pool, std::size_t times, unsigned seed,
                                          tally_of_thread& seen) {
  std::mt19937 random(seed);
  for (std::size_t i = 0; i < times; ++i) {
    auto target = std::make_unique<std::size_t>(0);
    job_options options;
    auto job = start(pool, std::move(options), [&target, i] {
      *target = i;
      return i;
    });
    dawdle(random, 1024);
    if (random() % 2 == 0) continue;
    auto ended = job.wait();
    const auto value = co_await std::move(ended);
    if (value.has_value())
      ++(*target == i ? seen.right : seen.wrong);
    else
      ++(value.error().code == errc::overloaded ? seen.refused : seen.wrong);
  }
}

template <class Spawn>
std::vector<tally_of_thread> on_threads(std::size_t count, Spawn spawn) {
  std::vector<tally_of_thread> seen(count);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      io::context context{1};
      spawn(context, seen[i]);
      context.run();
    });
  for (auto& t : threads) t.join();
  return seen;
}

}  // namespace

TEST_CASE("offload from several contexts at once resumes each coroutine at home, once") {
  const watchdog alive("offload from several contexts");
  const steady_clock clock;
  const std::size_t hops = scaled(10'000);
  // A queue too small for all of them, so that refusals come back the same way.
  executor pool(clock, executor_options("offload", 2, GENERATE(1000U, 4U)));
  const auto seen = on_threads(3, [&](io::context& context, tally_of_thread& own) {
    for (int i = 0; i < 8; ++i)
      boost::asio::co_spawn(context.get_executor(), hop_repeatedly(pool, hops, own),
                            boost::asio::detached);
  });
  for (const auto& own : seen) {
    CHECK(own.wrong == 0);
    CHECK(own.right + own.refused == 8 * hops);
    CHECK(own.right > 0);
  }
}

TEST_CASE("background jobs that are waited for or abandoned never outlive what they use") {
  const watchdog alive("background");
  const steady_clock clock;
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  executor pool(clock, executor_options("background", 2, 100));
  const auto seen = on_threads(2, [&](io::context& context, tally_of_thread& own) {
    for (unsigned i = 0; i < 4; ++i)
      boost::asio::co_spawn(context.get_executor(),
                            start_and_maybe_leave(pool, scaled(20'000), seed + i, own),
                            boost::asio::detached);
  });
  pool.close_and_join();
  for (const auto& own : seen) {
    CHECK(own.wrong == 0);
    CHECK(own.right > 0);
  }
}

TEST_CASE("contexts destroyed while their jobs are out leave nothing behind") {
  const watchdog alive("destroyed contexts");
  const steady_clock clock;
  executor pool(clock, executor_options("destroyed", 2, 1000));
  auto counted = std::make_shared<int>(0);
  for (std::size_t round = 0; round < scaled(5'000); ++round) {
    io::context context{1};
    for (int i = 0; i < 4; ++i)
      boost::asio::co_spawn(context.get_executor(),
                            offload(pool, job_options(), [counted] { return *counted; }),
                            boost::asio::detached);
    for (std::size_t i = 0; i < round % 7; ++i) context.poll_one();
  }
  pool.close_and_join();
  CHECK(counted.use_count() == 1);
}

TEST_CASE("both lanes serve several contexts while they are closed") {
  const watchdog alive("lanes");
  const steady_clock clock;
  for (std::size_t round = 0; round < scaled(200); ++round) {
    tailrace::exec::lanes both(clock, {});
    std::atomic<std::size_t> ended{0}, wrong{0};
    std::thread io_thread([&] {
      io::context context{1};
      for (int i = 0; i < 40; ++i) {
        auto& lane = i % 2 == 0 ? both.short_lane() : both.long_lane();
        boost::asio::co_spawn(context.get_executor(),
                              offload(lane, job_options(), [i] { return i; }),
                              [&, i](std::exception_ptr, tailrace::result<int> r) {
                                ++ended;
                                if (r.has_value() ? *r != i : r.error().code != errc::draining)
                                  ++wrong;
                              });
      }
      context.run();
    });
    both.close_and_join();
    io_thread.join();
    REQUIRE(ended == 40);
    REQUIRE(wrong == 0);
  }
}
