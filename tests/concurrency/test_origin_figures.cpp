// What I/O threads and a scrape share of origins, and readers of one fetch of its progress. Watched
// by ThreadSanitizer.
#include "fetch/origin_board.hpp"
#include "fetch/progress.hpp"

#include <atomic>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/concurrency/stress.hpp"
#include "tests/support/catch.hpp"

namespace tailrace {
namespace {

using fetch::origin_board;

// So fast that names are given away all the time.
class racing_clock final : public clock {
 public:
  time_point now() const noexcept override {
    return time_point{} + std::chrono::seconds(now_.fetch_add(100, std::memory_order_relaxed));
  }

 private:
  mutable std::atomic<std::int64_t> now_{3600};
};

const origin_board::figures* find(const std::vector<origin_board::figures>& all,
                                  const std::string& name) {
  for (const auto& each : all)
    if (each.origin == name) return &each;
  return nullptr;
}

// Visits one of many origins after the other; true when it had a name and was shown by it.
struct visitor {
  visitor(origin_board& b, std::size_t t) : board(b), thread(t), places(origins), random(seed()) {}

  void visit() {
    const std::size_t which = random() % origins;
    const std::string name = "origin " + std::to_string(which);
    auto* const cells = board.enter(places[which], name, thread);
    if (cells == nullptr) return;
    named.insert(which);
    cells->connections.add(1);
    test::dawdle(random, 300);
    if (random() % 16 == 0) {
      const auto all = board.read();
      const auto* const shown = find(all, name);
      wrong += shown == nullptr || shown->connections < 1 ? 1 : 0;
    }
    board.suspend(places[which], thread, random() % 2 == 0);
    cells->connections.add(-1);
    board.leave(places[which]);
  }

  unsigned seed() const { return static_cast<unsigned>(17 + thread); }

  static constexpr std::size_t origins = 12;
  origin_board& board;
  const std::size_t thread;
  std::vector<origin_board::place> places;
  std::mt19937 random;
  std::set<std::size_t> named;  // which of them had a name while it visited
  std::size_t wrong = 0;
};

}  // namespace

TEST_CASE("origins: names change hands, and every figure stays its origin's") {
  constexpr std::size_t names = 4, threads = 3;
  const racing_clock time;
  origin_board board(names, threads, time);
  std::vector<visitor> visitors;
  for (std::size_t t = 0; t < threads; ++t) visitors.emplace_back(board, t);
  std::atomic<std::size_t> done{0};
  std::vector<std::jthread> running;
  for (auto& v : visitors)
    running.emplace_back([&] {
      for (std::size_t i = test::scaled(40'000); i > 0; --i) v.visit();
      ++done;
    });
  while (done < threads) {
    const auto all = board.read();
    REQUIRE(all.size() <= names);
    std::set<std::string> distinct;
    for (const auto& each : all) {
      distinct.insert(each.origin);
      // A visitor ends between the looks at two threads' cells, but never ends twice.
      REQUIRE(each.connections >= 0);
      REQUIRE(each.connections <= static_cast<std::int64_t>(threads));
    }
    REQUIRE(distinct.size() == all.size());
  }
  for (auto& t : running) t.join();
  std::set<std::size_t> named;
  for (const auto& v : visitors) {
    named.insert(v.named.begin(), v.named.end());
    CHECK(v.wrong == 0);
  }
  CHECK(named.size() > names);  // they did change hands
  for (const auto& each : board.read()) CHECK(each.connections == 0);
}

TEST_CASE("progress: whoever looks from another thread misses nothing and counts nothing twice") {
  std::atomic<std::int64_t> now{1};
  const auto at = [](std::int64_t ns) { return time_point{} + std::chrono::nanoseconds(ns); };
  fetch::progress p;
  p.enter(stage::queue, at(1));
  std::atomic<bool> stop{false};
  const std::jthread writer([&] {
    std::mt19937 random(7);
    for (std::size_t i = test::scaled(400'000); i > 0; --i) {
      const auto next = now.fetch_add(1 + random() % 50) + 50;
      p.enter(static_cast<stage>(random() % 5), at(next));
      test::dawdle(random, 20);
    }
    stop = true;
  });
  do {
    // Of the same moment, whichever that is, the steps sum to all of the time.
    const std::int64_t moment = now + 1000;
    const auto spent = p.spent(at(moment));
    duration sum{};
    for (std::size_t i = 0; i < stage_names.size(); ++i) sum += spent.of(static_cast<stage>(i));
    REQUIRE(sum == at(moment) - at(1));
  } while (!stop);
}

}  // namespace tailrace
