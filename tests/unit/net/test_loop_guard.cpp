#include "net/loop_guard.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using namespace tailrace;
using namespace std::chrono_literals;

namespace {

struct reported {
  std::string handler;
  duration held;
  friend bool operator==(const reported&, const reported&) = default;
};

// A context whose handlers take as long as the test says.
struct watched_loop {
  // Does `work` that takes `long_`, on behalf of `name`.
  void post(std::string_view name, duration long_) {
    boost::asio::post(thread.context, [this, name, long_] {
      if (!name.empty()) thread.handler = name;
      time.advance(long_);
    });
  }
  std::vector<reported> run() {
    std::vector<reported> seen;
    net::run_guarded(thread, {1ms, [&seen](const auto& h) {
                                seen.push_back({std::string(h.handler), h.held});
                              }});
    return seen;
  }

  test::manual_clock time;
  io::thread thread{0, time};
};

}  // namespace

TEST_CASE("loop guard: what holds the loop longer than a slice is named, and nothing else") {
  watched_loop loop;
  loop.post("/v1/hash", 40us);
  loop.post("/v1/hash", 3ms);
  // As long as is allowed.
  loop.post("timers", 1ms);
  // Does not say who it is, and is not taken for the one before it.
  loop.post("", 2ms);
  const std::vector<reported> expected{{"/v1/hash", 3ms}, {"other", 2ms}};
  CHECK(loop.run() == expected);
  CHECK(loop.thread.context.stopped());
}

TEST_CASE("loop guard: a coroutine is judged by each of its stretches, not by their sum") {
  watched_loop loop;
  const auto work = [](watched_loop& on) -> io::awaitable<void> {
    for (const duration stretch : {900us, 900us, 1100us}) {
      on.thread.handler = "a coroutine";
      on.time.advance(stretch);
      auto turn = boost::asio::post(on.thread.context, io::use_awaitable);
      co_await std::move(turn);
    }
  };
  boost::asio::co_spawn(loop.thread.context, work(loop), boost::asio::detached);
  const std::vector<reported> expected{{"a coroutine", 1100us}};
  CHECK(loop.run() == expected);
}

TEST_CASE("loop guard: an idle loop waits for what is to come, and ends after it") {
  const steady_clock real_time;
  io::thread thread(0, real_time);
  io::timer late(thread.context, 1ms);
  bool ran = false;
  late.async_wait([&ran](const boost::system::error_code&) { ran = true; });
  net::run_guarded(thread, {1h, [](const auto&) {}});
  CHECK(ran);
}
