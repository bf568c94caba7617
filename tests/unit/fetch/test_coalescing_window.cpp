// Readers that share more than fits into the window, or than there is memory for.
#include <chrono>
#include <memory>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/coalescing_scene.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using test::bytes;
using test::reader;
using test::scene;
using test::window;

TEST_CASE("a reader that is alone takes over what does not fit into the window") {
  scene s;
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
  scene s;
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
  scene s;
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
  scene s;
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
    scene s;
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

TEST_CASE("who keeps up within what is agreed is waited for all along") {
  scene s;
  const std::string body = bytes(8 << 20);
  reader& fast = s.start();
  auto made = std::make_unique<reader>("http://a.example/x");
  made->room_bytes = 65536;
  made->steps = 0;
  reader& slow = s.start(std::move(made));
  s.visit(0).answer();
  s.visit(0).send(body);
  s.visit(0).finish();
  // A chunk for each lag_per_chunk: far longer than lag_max in all.
  while (!slow.ended) {
    slow.steps = 1;
    slow.go_on->ring();
    s.pass(10ms);
  }
  CHECK(slow.body == body);
  CHECK(fast.body == body);
  CHECK(s.counts.left_behind.value() == 0);
  CHECK(s.origin.visits.size() == 1);
}

TEST_CASE("a reader that fetches again takes no body under another head") {
  scene s(0);
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
  scene s(0);
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
