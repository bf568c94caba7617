// Streams on several I/O threads, each with its own batcher, while another thread reads what they
// count: nothing is shared but the plan and the kernels.
#include "api/hash_batcher.hpp"
#include "core/body.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/concurrency/stress.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sha256_plans.hpp"
#include "tests/support/watchdog.hpp"

using namespace tailrace;
using api::hash_batcher;

namespace {

// Messages one after the other in pieces of any size, as the streams of one connection.
io::awaitable<void> stream(hash_batcher& batcher, std::uint64_t seed, std::size_t count,
                           std::size_t& wrong) {
  std::mt19937_64 random(seed);
  hash::sha256 state;
  const hash_batcher::member member(batcher);
  for (std::size_t i = 0; i < count; ++i) {
    // In the heap and freed at once: what referred to it too long would be found.
    auto text = std::make_unique<std::string>(test::random_bytes(random, random() % 40'000));
    const auto expected = test::openssl_digest(*text);
    for (auto left = as_bytes(std::string_view(*text)); !left.empty();) {
      const auto piece = left.first(std::min<std::size_t>(left.size(), 1 + random() % 20'000));
      left = left.subspan(piece.size());
      auto updating = batcher.update(state, piece);
      co_await std::move(updating);
    }
    wrong += state.finish() != expected;
    state.reset();
  }
}

struct io_thread {
  io_thread(std::size_t index, const tailrace::clock& time, const hash::sha256_plan& plan,
            duration wait)
      : thread(index, time), batcher(thread, plan, wait) {}

  io::thread thread;
  hash_batcher batcher;
  std::size_t wrong = 0;
};

}  // namespace

TEST_CASE("stress: streams of several I/O threads are digested together, each right") {
  const test::watchdog guard("streams of several I/O threads");
  const std::uint64_t seed = Catch::rngSeed();
  INFO("seed " << seed);
  const steady_clock time;
  const auto plan = hash::measure_sha256_plan();
  for (const duration wait : {duration::zero(), duration(std::chrono::microseconds(50))}) {
    std::vector<std::unique_ptr<io_thread>> all;
    for (std::size_t i = 0; i < 3; ++i) {
      auto& one = *all.emplace_back(std::make_unique<io_thread>(i, time, plan, wait));
      for (std::uint64_t n = 0; n < 24; ++n)
        boost::asio::co_spawn(one.thread.context,
                              stream(one.batcher, seed + 100 * i + n, test::scaled(40), one.wrong),
                              boost::asio::detached);
    }
    std::atomic<bool> ended{false};
    std::jthread scrape([&] {
      std::uint64_t seen = 0;
      while (!ended) {
        std::uint64_t sum = 0;
        for (const auto& one : all) sum += one->batcher.lanes().bytes_together().value();
        seen = std::max(seen, sum);
        std::this_thread::yield();
      }
    });
    {
      std::vector<std::jthread> threads;
      for (auto& one : all) threads.emplace_back([&one] { one->thread.context.run(); });
    }
    ended = true;
    for (const auto& one : all) CHECK(one->wrong == 0);
  }
}
