// The door to image work is shared by all I/O threads, and workers look at it. Watched by
// ThreadSanitizer.
#include "admission/compute_queue.hpp"

#include <atomic>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "tests/concurrency/stress.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/queue_simulation.hpp"

namespace tailrace {
namespace {

using namespace std::chrono_literals;
using admission::compute_queue;

// One I/O thread: asks, enters, has its job looked at by another thread, learns, leaves.
struct visitor {
  visitor(compute_queue& q, unsigned number) : queue(q), random(number) {}

  void visit(time_point now) {
    const auto client = test::numbered_client(static_cast<unsigned>(random() % 5));
    auto pass = queue.ask(client, deadline(), now);
    if (pass.has_error() || random() % 8 == 0) return;
    const auto place = queue.enter(std::move(*pass), deadline(), now);
    if (place.has_error()) return;
    ++entered;
    std::thread worker([&] { given_up += place->gives_up(now + 100ms) ? 1 : 0; });
    test::dawdle(random, 200);
    worker.join();
    place->ran(1ms);
  }

  compute_queue& queue;
  std::mt19937 random;
  std::size_t entered = 0;
  std::size_t given_up = 0;
};

}  // namespace

TEST_CASE("compute queue: many threads come and go, and nobody is left inside") {
  const steady_clock time;
  // So short that it is full and stands most of the time.
  compute_queue queue(1, admission::wait_limit(1us, 2us));
  std::vector<visitor> visitors;
  for (unsigned i = 0; i < 4; ++i) visitors.emplace_back(queue, i + 1);
  std::vector<std::thread> threads;
  for (visitor& v : visitors)
    threads.emplace_back([&] {
      while (v.entered < test::scaled(400)) v.visit(time.now());
    });
  for (int i = 0; i < 200; ++i) {
    const bool sound = queue.expected_wait() >= 0ns && queue.clients(time.now()) <= 5;
    CHECK(sound);
  }
  for (std::thread& t : threads) t.join();
  CHECK(queue.expected_wait() == 0ns);
  // Until then fetches may be paced.
  const time_point later = time.now() + 2s;
  auto pass = queue.ask(test::numbered_client(1), deadline(), later);
  REQUIRE(pass.has_value());
  CHECK(queue.enter(std::move(*pass), deadline(), later).has_value());
}

}  // namespace tailrace
