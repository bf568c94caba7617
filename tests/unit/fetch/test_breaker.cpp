#include "fetch/breaker.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;
using breaker = tailrace::fetch::breaker;
using state = breaker::state;
using pass = breaker::pass;
using verdict = breaker::verdict;

namespace {

// A breaker that opens after three failures, for 1, 2, 4 and at most 5 seconds.
struct rig {
  tailrace::test::manual_clock clock;
  breaker b{{3, 1s, 5s}};

  pass ask() { return b.ask(clock.now()); }
  void record(pass asked, verdict v) { b.record(asked, v, clock.now()); }
  void fail(int times) {
    for (int i = 0; i < times; ++i) record(ask(), verdict::failed);
  }
  void open() {
    fail(3);
    REQUIRE(b.current() == state::open);
  }
  // Fails the trial that is let through after `wait`, and not before.
  void fail_trial_after(tailrace::duration wait) {
    clock.advance(wait - 1ns);
    CHECK(ask() == pass::refused);
    clock.advance(1ns);
    REQUIRE(ask() == pass::trial);
    record(pass::trial, verdict::failed);
    CHECK(b.current() == state::open);
  }
};

}  // namespace

TEST_CASE("a breaker opens after so many failures in a row") {
  rig r;
  r.fail(2);
  CHECK(r.b.current() == state::closed);
  // An answer begins the row anew; what says nothing does not count.
  r.record(r.ask(), verdict::reached);
  r.fail(2);
  r.record(r.ask(), verdict::unknown);
  CHECK(r.b.current() == state::closed);
  r.fail(1);
  CHECK(r.b.current() == state::open);
  CHECK(r.ask() == pass::refused);
  CHECK(r.b.open_until() == tailrace::deadline::after(r.clock.now(), 1s));
}

TEST_CASE("a breaker that is off never opens") {
  rig r;
  r.b = breaker({0, 1s, 5s});
  r.fail(1000);
  CHECK(r.ask() == pass::regular);
}

TEST_CASE("after its time a breaker lets one trial through, whose answer closes it") {
  rig r;
  r.open();
  r.clock.advance(1s - 1ns);
  CHECK(r.b.refuses(r.clock.now()));
  r.clock.advance(1ns);
  CHECK_FALSE(r.b.refuses(r.clock.now()));
  CHECK(r.ask() == pass::trial);
  CHECK(r.b.current() == state::half_open);
  CHECK(r.ask() == pass::refused);
  // However long that takes.
  r.clock.advance(1h);
  CHECK(r.ask() == pass::refused);
  r.record(pass::trial, verdict::reached);
  CHECK(r.b.current() == state::closed);
  CHECK(r.ask() == pass::regular);
  // All is forgiven: the row, and how long it was open.
  r.fail(2);
  CHECK(r.b.current() == state::closed);
}

TEST_CASE("each trial that fails doubles the time, up to the longest") {
  rig r;
  r.open();
  for (const auto wait : {1s, 2s, 4s, 5s, 5s}) r.fail_trial_after(wait);
  r.clock.advance(5s);
  r.record(r.ask(), verdict::reached);
  r.open();
  r.fail_trial_after(1s);
}

TEST_CASE("a trial that says nothing leaves the next request to be one") {
  rig r;
  r.open();
  r.clock.advance(1s);
  r.record(r.ask(), verdict::unknown);
  CHECK(r.b.current() == state::open);
  CHECK(r.ask() == pass::trial);
  r.record(pass::trial, verdict::failed);
  CHECK(r.b.open_until() == tailrace::deadline::after(r.clock.now(), 2s));
}

TEST_CASE("what was asked before a breaker opened counts only when it is answered") {
  rig r;
  r.open();
  const auto until = r.b.open_until();
  // Late failures prolong nothing, neither while it is open nor during the trial.
  r.record(pass::regular, verdict::failed);
  CHECK(r.b.open_until() == until);
  r.clock.advance(1s);
  CHECK(r.ask() == pass::trial);
  r.record(pass::regular, verdict::failed);
  CHECK(r.b.current() == state::half_open);
  // A late answer closes it; the trial's failure is then one in a new row, at most.
  r.record(pass::regular, verdict::reached);
  CHECK(r.b.current() == state::closed);
  r.record(pass::trial, verdict::failed);
  CHECK(r.b.current() == state::closed);
}
