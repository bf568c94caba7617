#include <chrono>
#include <memory>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/coalescing_scene.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using test::reader;
using test::scene;

TEST_CASE("requests for the same URL at the same time share one to the origin") {
  scene s;
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
  scene s;
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
  scene s;
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
  scene s;
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
  scene s;
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
  scene s;
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

TEST_CASE("an answer that takes long is not joined any more") {
  scene s;
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
