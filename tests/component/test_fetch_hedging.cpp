// A second request beside one that takes longer than usual.
#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <utility>

#include "tests/support/catch.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/running.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using fetch::retry;
using test::always;
using test::check_failed;
using test::fetching;
using test::ok;
using test::origin;
using test::script;

namespace {

constexpr int answers = 120;

// The budget allows one hedge, and that not before the answers below have come: on a busy machine
// one of them may well take longer than usual.
settings hedging() {
  settings s = fetching::short_limits();
  s.origin_retry_ratio_max = 1.0 / (answers + 1);
  s.origin_hedging = true;
  s.io_threads = 1;
  return s;
}

// Answers "first" at once on its first connection, but for /slow, where it waits to be released;
// the others have their own script.
class usually_fast {
 public:
  explicit usually_fast(script others = always(ok("second")))
      : origin_({script().serve(first()), std::move(others)}) {}
  ~usually_fast() { release(); }

  void release() {
    if (!std::exchange(released_already_, true)) release_.set_value();
  }

  test::origin* operator->() noexcept { return &origin_; }

 private:
  std::function<std::string(const std::string&)> first() {
    return [released = released_](const std::string& request) {
      if (request.starts_with("GET /slow ")) released.wait();
      return ok("first");
    };
  }

  std::promise<void> release_;
  bool released_already_ = false;
  std::shared_future<void> released_ = release_.get_future().share();
  test::origin origin_;
};

// Until it knows how long the origin takes.
void learn(fetching& f, usually_fast& o) {
  for (int i = 0; i < answers; ++i) REQUIRE(f.get(o->url("/")).body == "first");
  REQUIRE(o->connections() == 1);
}

}  // namespace

TEST_CASE("an origin that takes longer than usual is asked again, and the first answer counts") {
  usually_fast o;
  fetching f(hedging());
  learn(f, o);
  const auto got = f.get(o->url("/slow"));
  CHECK(got.body == "second");
  CHECK(f.counts().count(retry::hedge) == 1);
  CHECK(o->requests().size() == answers + 2);
  // The one that did not answer is given up, the other one serves on.
  CHECK(f.counts().connections_active.value() == 0);
  CHECK(f.counts().connections_idle.value() == 1);
  CHECK(f.get(o->url("/slow")).body == "second");
  CHECK(o->connections() == 2);
}

TEST_CASE("a hedge that is not needed after all is called off") {
  usually_fast o(script().request().stall());
  fetching f(hedging());
  learn(f, o);
  test::running slow(f, o->url("/slow"));
  f.loop().run_until([&] { return o->requests().size() == answers + 2; });
  CHECK(f.counts().connections_active.value() == 2);
  o.release();
  CHECK(slow.wait().body == "first");
  CHECK(f.counts().count(retry::hedge) == 1);
  CHECK(f.counts().connections_active.value() == 0);
  CHECK(f.counts().connections_idle.value() == 1);
}

TEST_CASE("a second request that meets a busy origin does not end the first") {
  for (const int code : {429, 503}) {
    INFO(code);
    usually_fast o(always(test::status(code)));
    fetching f(hedging());
    learn(f, o);
    test::running slow(f, o->url("/slow"));
    f.loop().run_until([&] { return o->requests().size() == answers + 2; });
    o.release();
    CHECK(slow.wait().body == "first");
    CHECK(f.counts().count(retry::hedge) == 1);
  }
}

TEST_CASE("hedging is off unless it is asked for") {
  auto limits = fetching::short_limits();
  limits.origin_wait_timeout_ms = 200;
  usually_fast o;
  fetching f(limits);
  learn(f, o);
  check_failed(f.get(o->url("/slow")), errc::origin_timeout);
  CHECK(f.counts().count(retry::hedge) == 0);
  CHECK(o->connections() == 1);
}

TEST_CASE("hedges come out of the budget for sending again, and need a free connection") {
  for (const bool no_budget : {true, false}) {
    INFO("no budget " << no_budget);
    auto limits = hedging();
    limits.origin_wait_timeout_ms = 200;
    if (no_budget) limits.origin_retry_ratio_max = 0;
    if (!no_budget) limits.origin_connections_max = 1;
    usually_fast o;
    fetching f(limits);
    learn(f, o);
    check_failed(f.get(o->url("/slow")), errc::origin_timeout);
    CHECK(f.counts().count(retry::hedge) == 0);
    CHECK(o->connections() == 1);
  }
}

TEST_CASE("a hedged request that is called off ends both") {
  usually_fast o(script().request().stall());
  fetching f(hedging());
  learn(f, o);
  test::running slow(f, o->url("/slow"));
  f.loop().run_until([&] { return o->requests().size() == answers + 2; });
  slow.call_off();
  check_failed(slow.wait(), errc::client_gone);
  CHECK(f.counts().connections_active.value() == 0);
  CHECK(f.counts().connections_idle.value() == 0);
}
