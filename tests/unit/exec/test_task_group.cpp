#include "exec/task_group.hpp"

#include <boost/asio/co_spawn.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using exec::on_error;
using exec::task_group;
using exec::with_task_group;

namespace {

// A thread on virtual time, and children that end when the test says so.
struct fixture {
  ~fixture() { CHECK(thread.context.stopped()); }

  struct child {
    explicit child(io::thread& on) : bell(on) {}
    io::bell bell;
    bool started = false;
    std::optional<io::bell::heard> ended_by;
  };

  io::awaitable<result<void>> work(child& c, io::cancellation& called_off, result<void> how) {
    c.started = true;
    auto waiting = c.bell.wait({}, &called_off);
    c.ended_by = co_await std::move(waiting);
    if (c.ended_by == io::bell::heard::called_off) co_return error(called_off.why());
    co_return how;
  }

  io::awaitable<result<void>> throwing() {
    throw std::runtime_error("a bug");
    co_return result<void>();
  }

  child& add() { return *children.emplace_back(std::make_unique<child>(thread)); }

  template <class Body>
  void start(exec::group_options options, Body body) {
    auto running = with_task_group(thread, options, std::move(body));
    boost::asio::co_spawn(thread.context, std::move(running),
                          [this](std::exception_ptr e, result<void> how) {
                            thrown = e;
                            outcome = std::move(how);
                          });
    poll();
  }

  void poll() {
    thread.context.restart();
    thread.context.poll();
  }
  void advance(duration d) {
    clock.advance(d);
    thread.wheel.advance(clock.now());
    poll();
  }
  void end(child& c) {
    c.bell.ring();
    poll();
  }
  std::size_t started() const {
    std::size_t n = 0;
    for (const auto& c : children) n += c->started ? 1 : 0;
    return n;
  }

  test::manual_clock clock;
  io::thread thread{0, clock};
  std::vector<std::unique_ptr<child>> children;
  std::optional<result<void>> outcome;
  std::exception_ptr thrown;
  std::vector<errc> refused;
};

// Spawns a child for each of the fixture's, with `how` as their outcomes.
auto all(fixture& f, std::vector<result<void>> how = {}) {
  return [&f, how = std::move(how)](task_group& group) -> io::awaitable<result<void>> {
    for (std::size_t i = 0; i < f.children.size(); ++i) {
      auto child =
          f.work(*f.children[i], group.called_off(), i < how.size() ? how[i] : result<void>());
      auto spawning = group.spawn(std::move(child));
      const auto spawned = co_await std::move(spawning);
      if (spawned.has_error()) f.refused.push_back(spawned.error().code);
    }
    co_return result<void>();
  };
}

}  // namespace

TEST_CASE("a group runs no more children than its bound and ends with the last") {
  fixture f;
  for (int i = 0; i < 5; ++i) f.add();
  exec::group_options options;
  options.concurrent_max = 2;
  f.start(options, all(f));
  CHECK(f.started() == 2);
  f.end(*f.children[1]);
  CHECK(f.started() == 3);
  f.end(*f.children[0]);
  f.end(*f.children[2]);
  f.end(*f.children[3]);
  CHECK(f.started() == 5);
  CHECK_FALSE(f.outcome);
  f.end(*f.children[4]);
  REQUIRE(f.outcome);
  CHECK(f.outcome->has_value());
}

TEST_CASE("the first error calls the siblings off and is the group's") {
  fixture f;
  for (int i = 0; i < 4; ++i) f.add();
  exec::group_options options;
  options.concurrent_max = 3;
  f.start(options, all(f, {{}, error(errc::origin_tls, "first")}));
  f.end(*f.children[1]);
  REQUIRE(f.outcome);
  REQUIRE(f.outcome->has_error());
  CHECK(f.outcome->error().code == errc::origin_tls);
  CHECK(f.outcome->error().detail == "first");
  CHECK(f.children[0]->ended_by == io::bell::heard::called_off);
  CHECK(f.children[2]->ended_by == io::bell::heard::called_off);
  CHECK_FALSE(f.children[3]->started);
  CHECK(f.refused == std::vector<errc>{errc::cancelled});
}

TEST_CASE("collecting, an error is no concern of the siblings") {
  fixture f;
  for (int i = 0; i < 2; ++i) f.add();
  exec::group_options options;
  options.mode = on_error::collect;
  f.start(options, all(f, {error(errc::origin_tls)}));
  f.end(*f.children[0]);
  CHECK_FALSE(f.outcome);
  f.end(*f.children[1]);
  REQUIRE(f.outcome);
  CHECK(f.outcome->has_value());
  CHECK(f.children[1]->ended_by == io::bell::heard::rung);
}

TEST_CASE("a group ends at its deadline, and with its parent") {
  const bool by_deadline = GENERATE(true, false);
  const bool waiting_to_spawn = GENERATE(true, false);
  CAPTURE(by_deadline, waiting_to_spawn);
  fixture f;
  io::cancellation parent;
  for (int i = 0; i < 3; ++i) f.add();
  exec::group_options options;
  options.concurrent_max = waiting_to_spawn ? 1 : 3;
  options.parent = &parent;
  options.until = deadline::after(f.clock.now(), 1s);
  f.start(options, all(f));
  f.advance(900ms);
  CHECK_FALSE(f.outcome);
  if (by_deadline) {
    f.advance(200ms);
  } else {
    parent.call_off(errc::client_gone);
    f.poll();
  }
  REQUIRE(f.outcome);
  REQUIRE(f.outcome->has_error());
  CHECK(f.outcome->error().code == (by_deadline ? errc::deadline_exceeded : errc::client_gone));
  CHECK(f.children[0]->ended_by == io::bell::heard::called_off);
  CHECK(f.refused.size() == (waiting_to_spawn ? 2 : 0));
}

TEST_CASE("a group of a parent that was called off starts nothing") {
  fixture f;
  io::cancellation parent;
  parent.call_off(errc::draining);
  f.add();
  exec::group_options options;
  options.parent = &parent;
  f.start(options, all(f));
  REQUIRE(f.outcome);
  CHECK(f.outcome->error().code == errc::draining);
  CHECK(f.started() == 0);
}

TEST_CASE("a child that throws has failed; a body that throws ends its children first") {
  fixture f;
  SECTION("child") {
    exec::group_options options;
    options.mode = GENERATE(on_error::fail_fast, on_error::collect);
    f.start(options, [&f](task_group& group) -> io::awaitable<result<void>> {
      auto child = f.throwing();
      auto spawning = group.spawn(std::move(child));
      co_return co_await std::move(spawning);
    });
    REQUIRE(f.outcome);
    REQUIRE(f.outcome->has_error());
    CHECK(f.outcome->error().code == errc::internal);
    CHECK(f.outcome->error().detail == "a bug");
  }
  SECTION("body") {
    auto& c = f.add();
    f.start({}, [&f, &c](task_group& group) -> io::awaitable<result<void>> {
      auto child = f.work(c, group.called_off(), {});
      auto spawning = group.spawn(std::move(child));
      (void)co_await std::move(spawning);
      throw std::runtime_error("a bug of the body");
    });
    CHECK(c.ended_by == io::bell::heard::called_off);
    REQUIRE(f.thrown);
    CHECK_THROWS_WITH(std::rethrow_exception(f.thrown), "a bug of the body");
  }
}

TEST_CASE("the body's own error calls the children off") {
  fixture f;
  auto& c = f.add();
  f.start({}, [&f, &c](task_group& group) -> io::awaitable<result<void>> {
    auto child = f.work(c, group.called_off(), {});
    auto spawning = group.spawn(std::move(child));
    (void)co_await std::move(spawning);
    co_return error(errc::bad_request, "said so");
  });
  REQUIRE(f.outcome);
  CHECK(f.outcome->error().detail == "said so");
  CHECK(c.ended_by == io::bell::heard::called_off);
}
