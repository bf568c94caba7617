#include "fetch/coalescing_fetcher.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <chrono>
#include <memory>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/fake_fetcher.hpp"
#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;
using namespace tailrace;

namespace {

constexpr std::size_t window = 256 << 10;

// One request and what it has got so far.
struct reader {
  explicit reader(std::string url) : asked(std::move(url)) { asked.called_off = &gone; }

  io::awaitable<void> run(fetch::fetcher& from) {
    auto opening = from.open(asked);
    auto opened = co_await std::move(opening);
    if (opened.has_error()) {
      failed = opened.error();
      ended = true;
      co_return;
    }
    head = (*opened)->head();
    std::vector<std::byte> room(room_bytes);
    for (;;) {
      while (paused || steps == 0) {
        auto waiting = go_on->wait();
        co_await std::move(waiting);
      }
      --steps;
      auto reading = (*opened)->read_some(room);
      const auto n = co_await std::move(reading);
      if (n.has_error()) failed = n.error();
      if (n.has_error() || *n == 0) break;
      body.append(reinterpret_cast<const char*>(room.data()), *n);
    }
    ended = true;
  }

  fetch::request asked;
  io::cancellation gone;
  std::size_t room_bytes = 50'000;
  bool paused = false;
  std::size_t steps = 1'000'000'000;  // reads to go
  std::unique_ptr<io::bell> go_on;

  std::optional<fetch::source_head> head;
  std::string body;
  std::optional<error> failed;
  bool ended = false;
};

// A thread with coalescing in front of an origin that the test plays.
struct stage {
  explicit stage(std::uint64_t memory_bytes = 1 << 30) : memory(memory_bytes) {}
  ~stage() {
    // Every reader has ended, or is called off; so do their flights.
    for (auto& r : readers) r->gone.call_off(errc::client_gone);
    for (auto& r : readers) {
      r->paused = false;
      r->steps = 1'000'000'000;
    }
    for (auto& r : readers) r->go_on->ring();
    run();
    CHECK(on.coroutines.inside() == 0);
    CHECK(all.size() == 0);
    CHECK(memory.used() == 0);
  }

  reader& start(std::string url = "http://a.example/x", bool paused = false) {
    return start(std::make_unique<reader>(std::move(url)), paused);
  }
  reader& start(std::unique_ptr<reader> made, bool paused = false) {
    reader& r = *made;
    readers.push_back(std::move(made));
    r.paused = paused;
    r.go_on = std::make_unique<io::bell>(on);
    boost::asio::co_spawn(on.context, r.run(fetcher), boost::asio::detached);
    run();
    return r;
  }

  void run() {
    on.context.restart();
    on.context.poll();
  }
  void pass(duration time_passing) {
    for (duration d{}; d < time_passing; d += 10ms) {
      time.advance(10ms);
      on.wheel.advance(time.now());
      run();
    }
  }
  test::fake_fetcher::visit& visit(std::size_t i) { return *origin.visits.at(i); }

  test::manual_clock time;
  io::thread on{0, time};
  admission::budget memory;
  fetch::stats counts;
  fetch::flight_table all;
  test::fake_fetcher origin{on};
  fetch::coalescing_fetcher fetcher{origin, all, on, memory, window, counts};
  std::vector<std::unique_ptr<reader>> readers;
};

std::string bytes(std::size_t size, char first = 'a') {
  std::string s(size, first);
  for (std::size_t i = 0; i < size; ++i) s[i] = static_cast<char>(first + (i * 7 + i / 1000) % 26);
  return s;
}

}  // namespace

TEST_CASE("requests for the same URL at the same time share one to the origin") {
  stage s;
  reader& a = s.start();
  reader& b = s.start();
  REQUIRE(s.origin.visits.size() == 1);
  CHECK(s.counts.coalesced.value() == 1);
  fetch::source_head head;
  head.content_type = "text/plain";
  head.etag = "\"v1\"";
  head.size = 5;
  s.visit(0).answer(head);
  s.visit(0).send("hel");
  s.run();
  // Somebody who comes in the middle gets the beginning too.
  reader& c = s.start();
  CHECK(c.body == "hel");
  s.visit(0).send("lo");
  s.visit(0).finish();
  s.run();
  for (const reader* r : {&a, &b, &c}) {
    CHECK(!r->failed);
    CHECK(r->ended);
    CHECK(r->body == "hello");
    CHECK(r->head->content_type == "text/plain");
    CHECK(r->head->etag == "\"v1\"");
    CHECK(r->head->size == 5U);
  }
  CHECK(s.origin.visits.size() == 1);
  CHECK(s.visit(0).closed);
  // It is no cache: who comes later asks anew.
  s.start();
  CHECK(s.origin.visits.size() == 2);
}

TEST_CASE("requests that differ in what matters to the origin do not share") {
  stage s;
  s.start("http://a.example/x");
  s.start("http://a.example/y");
  auto conditional = std::make_unique<reader>("http://a.example/x");
  conditional->asked.if_none_match = "\"v1\"";
  s.start(std::move(conditional));
  auto dated = std::make_unique<reader>("http://a.example/x");
  dated->asked.if_modified_since = "Sat, 21 Nov 2026 00:00:00 GMT";
  s.start(std::move(dated));
  auto limited = std::make_unique<reader>("http://a.example/x");
  limited->asked.bytes_max = 10;
  s.start(std::move(limited));
  CHECK(s.origin.visits.size() == 5);
  CHECK(s.counts.coalesced.value() == 0);
  // Who asks, and by which way, does not.
  auto traced = std::make_unique<reader>("http://a.example/x");
  traced->asked.traceparent = "00-1-2-01";
  traced->asked.via = "1.1 b.example";
  traced->asked.until = deadline::after(s.time.now(), 1s);
  s.start(std::move(traced));
  CHECK(s.origin.visits.size() == 5);
  CHECK(s.counts.coalesced.value() == 1);
  // Files are not shared.
  s.start("local:///x");
  s.start("local:///x");
  CHECK(s.origin.visits.size() == 7);
}

TEST_CASE("an error is everybody's, before the head and behind it") {
  stage s;
  reader& a = s.start();
  reader& b = s.start();
  s.visit(0).refuse(error(errc::source_not_found, "404"));
  s.run();
  for (const reader* r : {&a, &b}) {
    REQUIRE(r->failed);
    CHECK(r->failed->code == errc::source_not_found);
    CHECK(r->failed->detail == "404");
  }
  reader& c = s.start();
  reader& d = s.start();
  REQUIRE(s.origin.visits.size() == 2);
  s.visit(1).answer();
  s.visit(1).send("half");
  s.visit(1).fail(error(errc::origin_incomplete));
  s.run();
  for (const reader* r : {&c, &d}) {
    REQUIRE(r->failed);
    CHECK(r->failed->code == errc::origin_incomplete);
  }
}

TEST_CASE("the one that came first may leave") {
  stage s;
  reader& first = s.start();
  reader& second = s.start();
  first.gone.call_off(errc::client_gone);
  s.run();
  REQUIRE(first.failed);
  CHECK(first.failed->code == errc::client_gone);
  CHECK(!s.visit(0).called_off);
  s.visit(0).answer();
  s.visit(0).send("he");
  s.run();
  // In the middle too.
  reader& third = s.start();
  second.gone.call_off(errc::client_gone);
  s.visit(0).send("llo");
  s.visit(0).finish();
  s.run();
  CHECK(third.body == "hello");
  CHECK(!third.failed);
  CHECK(s.origin.visits.size() == 1);
}

TEST_CASE("when all have left the origin is called off, and who comes then asks anew") {
  stage s;
  reader& a = s.start();
  reader& b = s.start();
  a.gone.call_off(errc::client_gone);
  b.gone.call_off(errc::client_gone);
  s.run();
  CHECK(s.visit(0).called_off);
  CHECK(s.all.size() == 0);
  reader& c = s.start();
  REQUIRE(s.origin.visits.size() == 2);
  s.visit(1).answer();
  s.visit(1).send("half");
  s.run();
  c.gone.call_off(errc::client_gone);
  s.run();
  CHECK(s.visit(1).closed);
}

TEST_CASE("each reader has its own deadline") {
  stage s;
  auto hurried = std::make_unique<reader>("http://a.example/x");
  hurried->asked.until = deadline::after(s.time.now(), 50ms);
  reader& a = s.start(std::move(hurried));
  reader& b = s.start();
  s.pass(70ms);
  REQUIRE(a.failed);
  CHECK(a.failed->code == errc::origin_timeout);
  CHECK(!b.failed);
  s.visit(0).answer();
  s.visit(0).finish();
  s.run();
  CHECK(b.ended);
  CHECK(!b.failed);
}

TEST_CASE("a reader that is alone takes over what does not fit into the window") {
  stage s;
  const std::string body = bytes(window + 300'000);
  reader& a = s.start();
  s.visit(0).answer();
  s.visit(0).send(body.substr(0, window + 1000));
  s.run();
  CHECK(s.visit(0).largest_room == fetch::byte_window::chunk_bytes_max);
  CHECK(s.all.size() == 0);
  // Now that it reads by itself its own limits hold.
  CHECK(s.memory.used() == 0);
  s.visit(0).send(body.substr(window + 1000));
  s.visit(0).finish();
  s.run();
  CHECK(a.body == body);
  CHECK(!a.failed);
  // Who comes too late for the beginning asks for itself.
  reader& b = s.start();
  s.visit(1).answer();
  s.visit(1).send(body);
  s.run();
  b.gone.call_off(errc::client_gone);
  s.run();
  REQUIRE(b.failed);
  CHECK(b.failed->code == errc::client_gone);
  CHECK(s.visit(1).called_off);
}

TEST_CASE("several readers share a stream far longer than the window") {
  stage s;
  const std::string body = bytes(5 * window + 12'345);
  reader& a = s.start();
  auto other = std::make_unique<reader>("http://a.example/x");
  other->room_bytes = 777;
  reader& b = s.start(std::move(other));
  s.visit(0).answer();
  for (std::size_t at = 0; at < body.size(); at += 100'000) {
    s.visit(0).send(body.substr(at, 100'000));
    s.run();
    CHECK(s.memory.used() <= window);
  }
  s.visit(0).finish();
  s.run();
  CHECK(a.body == body);
  CHECK(b.body == body);
  CHECK(s.origin.visits.size() == 1);
  CHECK(s.counts.left_behind.value() == 0);
}

TEST_CASE("who falls further behind than the window fetches again, and the others go on") {
  stage s;
  const std::string body = bytes(3 * window);
  reader& a = s.start();
  reader& slow = s.start("http://a.example/x", true);
  s.visit(0).answer();
  s.visit(0).send(body);
  s.visit(0).finish();
  s.run();
  // It is waited for, but not long.
  CHECK(a.body.size() == window);
  CHECK(!a.ended);
  s.pass(fetch::flight::lag_max + 10ms);
  CHECK(a.ended);
  CHECK(a.body == body);
  CHECK(s.origin.visits.size() == 1);
  slow.paused = false;
  slow.go_on->ring();
  s.run();
  REQUIRE(s.origin.visits.size() == 2);
  CHECK(s.counts.left_behind.value() == 1);
  s.visit(1).answer();
  s.visit(1).send(body);
  s.visit(1).finish();
  s.run();
  CHECK(slow.body == body);
  CHECK(!slow.failed);
}

TEST_CASE("a source that changed under a reader that fell behind is no source") {
  stage s;
  const std::string body = bytes(3 * window);
  reader& a = s.start();
  auto made = std::make_unique<reader>("http://a.example/x");
  made->room_bytes = 1000;
  reader& slow = s.start(std::move(made), false);
  s.visit(0).answer();
  s.visit(0).send(body.substr(0, 10'000));
  s.run();
  CHECK(slow.body.size() == 10'000);
  slow.paused = true;
  s.visit(0).send(body.substr(10'000, 5000));
  s.run();
  s.visit(0).send(body.substr(15'000));
  s.run();
  s.pass(fetch::flight::lag_max + 10ms);
  s.visit(0).finish();
  s.run();
  CHECK(a.body == body);
  slow.paused = false;
  slow.go_on->ring();
  s.run();
  REQUIRE(s.origin.visits.size() == 2);
  std::string changed = body;
  changed[5] ^= 1;
  s.visit(1).answer();
  s.visit(1).send(changed);
  s.visit(1).finish();
  s.run();
  REQUIRE(slow.failed);
  CHECK(slow.failed->code == errc::origin_incomplete);
  CHECK(slow.body.size() < 20'000);
}

TEST_CASE("who is slow all the time holds the others up no longer than agreed") {
  for (const std::size_t piece : {std::size_t{1448}, std::size_t{65536}}) {
    INFO("pieces of " << piece);
    stage s;
    const std::string body = bytes(4 << 20);
    reader& fast = s.start();
    auto made = std::make_unique<reader>("http://a.example/x");
    made->room_bytes = 65536;
    made->steps = 0;
    reader& slow = s.start(std::move(made));
    s.visit(0).answer();
    for (std::size_t at = 0; at < body.size(); at += piece) s.visit(0).send(body.substr(at, piece));
    s.visit(0).finish();
    const time_point began = s.time.now();
    while (!fast.ended) {
      s.pass(80ms);
      slow.steps = 1;
      slow.go_on->ring();
    }
    CHECK(fast.body == body);
    const auto chunks = body.size() / fetch::byte_window::chunk_bytes_max;
    CHECK(s.time.now() - began <= fetch::flight::lag_max + chunks * fetch::flight::lag_per_chunk);
    CHECK(slow.body.size() < body.size() / 2);
  }
}

TEST_CASE("an answer that takes long is not joined any more") {
  stage s;
  s.start();
  s.visit(0).answer();
  s.visit(0).send("begun");
  s.pass(fetch::flight::join_max);
  s.start();
  CHECK(s.origin.visits.size() == 1);
  s.pass(20ms);
  reader& late = s.start();
  REQUIRE(s.origin.visits.size() == 2);
  // From now on that is the one to join.
  reader& later = s.start();
  CHECK(s.origin.visits.size() == 2);
  s.visit(1).answer();
  s.visit(1).send("whole");
  s.visit(1).finish();
  s.run();
  CHECK(late.body == "whole");
  CHECK(later.body == "whole");
}

TEST_CASE("a reader that fetches again takes no body under another head") {
  stage s(0);
  reader& a = s.start();
  reader& b = s.start();
  fetch::source_head head;
  head.etag = "\"v1\"";
  s.visit(0).answer(head);
  s.visit(0).send("hello");
  s.visit(0).finish();
  s.run();
  CHECK(a.body == "hello");
  REQUIRE(s.origin.visits.size() == 2);
  head.etag = "\"v2\"";
  s.visit(1).answer(head);
  s.visit(1).send("HELLO");
  s.visit(1).finish();
  s.run();
  CHECK(b.head->etag == "\"v1\"");
  CHECK(b.body.empty());
  REQUIRE(b.failed);
  CHECK(b.failed->code == errc::origin_incomplete);
}

TEST_CASE("without memory to share in, each fetches for itself") {
  stage s(0);
  reader& a = s.start();
  reader& b = s.start();
  s.visit(0).answer();
  s.visit(0).send("hello");
  s.visit(0).finish();
  s.run();
  CHECK(a.body == "hello");
  REQUIRE(s.origin.visits.size() == 2);
  s.visit(1).answer();
  s.visit(1).send("hello");
  s.visit(1).finish();
  s.run();
  CHECK(b.body == "hello");
  CHECK(!b.failed);
}
