#include "fetch/origin_board.hpp"
#include "fetch/origins.hpp"

#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using namespace tailrace;
using namespace std::chrono_literals;
using fetch::origin_board;

namespace {

// "name connections waiting suspended", one a line.
std::string shown(const origin_board& board) {
  std::string out;
  for (const auto& f : board.read())
    out += f.origin + " " + std::to_string(f.connections) + " " + std::to_string(f.waiting) + " " +
           std::to_string(f.suspended) + "\n";
  return out;
}

fetch::origin_limits limits() {
  settings s;
  s.io_threads = 1;
  s.origin_connections_max = 1;
  s.origin_breaker_failures = 1;
  return fetch::origin_limits(s);
}

}  // namespace

TEST_CASE("origin board: threads that visit the same origin share its name") {
  test::manual_clock time;
  origin_board board(2, 2, time);
  origin_board::place first, second;
  auto* const one = board.enter(first, "a", 0);
  auto* const two = board.enter(second, "a", 1);
  REQUIRE(one != nullptr);
  REQUIRE(two != nullptr);
  one->connections.add(2);
  two->connections.add(1);
  two->waiting.add(4);
  board.suspend(second, 1, true);
  CHECK(shown(board) == "a 3 4 1\n");
}

TEST_CASE("origin board: a name is given away only when its origin is not visited for long") {
  test::manual_clock time;
  origin_board board(1, 1, time);
  origin_board::place a, b;
  REQUIRE(board.enter(a, "a", 0) != nullptr);
  time.advance(24h);
  CHECK(board.enter(b, "b", 0) == nullptr);  // a is still being visited
  board.leave(a);
  time.advance(origin_board::kept - 1ms);
  CHECK(board.enter(b, "b", 0) == nullptr);
  // It comes back to the name that it had.
  REQUIRE(board.enter(a, "a", 0) != nullptr);
  board.leave(a);
  time.advance(origin_board::kept);
  auto* const cells = board.enter(b, "b", 0);
  REQUIRE(cells != nullptr);
  cells->connections.add(1);
  CHECK(shown(board) == "b 1 0 0\n");
  // What the one before knows of the name does not count any more.
  CHECK(board.enter(a, "a", 0) == nullptr);
  board.suspend(a, 0, true);
  CHECK(shown(board) == "b 1 0 0\n");
}

TEST_CASE("origin board: an open breaker is its origin's, not its successor's") {
  test::manual_clock time;
  origin_board board(1, 1, time);
  origin_board::place a, b;
  REQUIRE(board.enter(a, "a", 0) != nullptr);
  board.suspend(a, 0, true);
  board.leave(a);
  CHECK(shown(board) == "a 0 0 1\n");  // also when nobody asks for it
  time.advance(origin_board::kept);
  REQUIRE(board.enter(b, "b", 0) != nullptr);
  CHECK(shown(board) == "b 0 0 0\n");
  board.suspend(b, 0, true);
  board.suspend(a, 0, false);  // forgotten late
  CHECK(shown(board) == "b 0 0 1\n");
}

TEST_CASE("origin board: without names nothing is shown") {
  test::manual_clock time;
  origin_board board(0, 1, time);
  origin_board::place a;
  CHECK(board.enter(a, "a", 0) == nullptr);
  board.suspend(a, 0, true);
  CHECK(shown(board).empty());
}

TEST_CASE("origin board: an origin that never rests gets a name when there is one") {
  test::manual_clock time;
  origin_board board(1, 1, time);
  fetch::stats counts;
  fetch::origins all(limits(), counts, &board, 0);
  const auto reached = [&](fetch::origin_state& o) {
    all.record(o, o.health.ask(time.now()), fetch::breaker::verdict::reached, errc::internal,
               time.now());
  };
  auto& early = all.arrive("early");
  auto& busy = all.arrive("busy");
  // Whoever may be made up has no name.
  CHECK(shown(board).empty());
  reached(early);
  reached(busy);
  REQUIRE(busy.line.enter());
  all.turn(busy, 1);
  CHECK(shown(board) == "early 0 0 0\n");
  all.depart(early);
  time.advance(origin_board::kept);
  all.arrive("busy");
  CHECK(shown(board) == "busy 1 0 0\n");
  // What it began without a name ends as it should with one.
  all.turn(busy, -1);
  busy.line.leave();
  all.depart(busy);
  all.depart(busy);
  CHECK(shown(board) == "busy 0 0 0\n");
  CHECK(counts.turns.value() == 0);
}

TEST_CASE("origin board: the breaker of an origin is shown, and goes when it is forgotten") {
  test::manual_clock time;
  origin_board board(1, 1, time);
  fetch::stats counts;
  fetch::origins all(limits(), counts, &board, 0);
  using fetch::breaker;
  auto& dead = all.arrive("dead");
  all.record(dead, dead.health.ask(time.now()), breaker::verdict::failed, errc::origin_dns,
             time.now());
  all.depart(dead);
  CHECK(shown(board) == "dead 0 0 1\n");
  for (std::size_t i = 0; i <= fetch::origins::kept_max; ++i)
    all.depart(all.arrive("host " + std::to_string(i)));
  CHECK(shown(board) == "dead 0 0 0\n");
}
