// One slow origin costs the others nothing.
#include <chrono>
#include <future>

#include "tests/support/catch.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/running.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using fetch::outcome;
using test::always;
using test::answering;
using test::check_failed;
using test::fetching;
using test::ok;
using test::origin;
using test::running;
using test::script;

namespace {

settings narrow(unsigned connections, unsigned waiting) {
  auto s = fetching::short_limits();
  s.origin_connections_max = connections;
  s.origin_waiting_max = waiting;
  return s;
}

}  // namespace

TEST_CASE("an origin that stalls uses up its own connections and places, nobody else's") {
  origin slow({script().request().stall()});
  origin quick({always(ok("quick"))});
  fetching f(narrow(2, 2));
  test::all_running stuck;
  for (int i = 0; i < 4; ++i) test::start(stuck, f, slow.url("/"));
  f.loop().run_until(
      [&] { return slow.requests().size() == 2 && f.counts().waiting.value() == 2; });
  // The fifth is refused at once; the other origin answers meanwhile.
  check_failed(f.get(slow.url("/")), errc::origin_busy);
  for (int i = 0; i < 5; ++i) CHECK(f.get(quick.url("/")).body == "quick");
  for (auto& each : stuck) {
    each->call_off();
    check_failed(each->wait(), errc::client_gone);
  }
  CHECK(f.counts().waiting.value() == 0);
  CHECK(f.counts().connections_active.value() == 0);
  CHECK(f.counts().count(outcome::busy) == 1);
  CHECK(f.counts().count(outcome::ok) == 5);
}

TEST_CASE("who waits is served in turn, on the connection that became free") {
  std::promise<void> release;
  auto released = release.get_future().share();
  origin o({script().serve([&](const std::string&) {
    released.wait();
    return ok("x");
  })});
  fetching f(narrow(1, 8));
  test::all_running all;
  for (int i = 0; i < 6; ++i) test::start(all, f, o.url("/" + std::to_string(i)));
  f.loop().run_until([&] { return o.requests().size() == 1 && f.counts().waiting.value() == 5; });
  release.set_value();
  for (auto& each : all) CHECK(each->wait().body == "x");
  // Waiting is told as the time that it took to get a connection.
  for (std::size_t i = 1; i < 6; ++i) CHECK(all[i]->wait().spent.of(stage::queue) > 0s);
  const auto requests = o.requests();
  REQUIRE(requests.size() == 6);
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(requests[i].starts_with("GET /" + std::to_string(i) + " "));
  CHECK(o.connections() == 1);
}

TEST_CASE("a turn ends with the body, not with what is made of it") {
  origin o({always(ok("x"))});
  fetching f(narrow(1, 8));
  fetch::request r(o.url("/"));
  const auto first = f.loop().run(f.fetcher().open(r));
  REQUIRE(first.has_value());
  std::vector<std::byte> room(100);
  CHECK(f.loop().run((*first)->read_some(room)).value() == 1);
  CHECK(f.get(o.url("/")).body == "x");
  CHECK(o.connections() == 1);
}

TEST_CASE("a source that is given up gives its turn back") {
  origin o({answering(ok(std::string(100, 'x'))), always(ok("second"))});
  fetching f(narrow(1, 8));
  fetch::request r(o.url("/"));
  auto first = f.loop().run(f.fetcher().open(r));
  REQUIRE(first.has_value());
  running second(f, o.url("/"));
  f.loop().run_until([&] { return f.counts().waiting.value() == 1; });
  // Given up unread: the connection is closed, and its place is free.
  first = error(errc::client_gone);
  CHECK(second.wait().body == "second");
  CHECK(o.connections() == 2);
}

TEST_CASE("who waits leaves at its deadline, or when it is called off") {
  origin o({script().request().stall(), always(ok("third"))});
  auto limits = narrow(1, 8);
  fetching f(limits);
  running first(f, o.url("/"));
  f.loop().run_until([&] { return o.requests().size() == 1; });
  running late(f, o.url("/"), deadline::after(std::chrono::steady_clock::now(), 50ms));
  running gone(f, o.url("/"));
  running third(f, o.url("/"));
  check_failed(late.wait(), errc::origin_timeout);
  gone.call_off();
  check_failed(gone.wait(), errc::client_gone);
  CHECK(f.counts().waiting.value() == 1);
  first.call_off();
  CHECK(third.wait().body == "third");
  CHECK(o.requests().size() == 2);
}

TEST_CASE("nobody waits longer for a connection than for an answer") {
  auto limits = narrow(1, 8);
  limits.body_rate_grace_ms = 10'000;
  limits.origin_wait_timeout_ms = 100;
  origin o({script().request().send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n").stall()});
  fetching f(limits);
  running first(f, o.url("/"));
  f.loop().run_until([&] { return o.requests().size() == 1; });
  const auto start = std::chrono::steady_clock::now();
  check_failed(f.get(o.url("/")), errc::origin_timeout);
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}
