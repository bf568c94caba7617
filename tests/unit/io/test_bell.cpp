#include "io/bell.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <chrono>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using heard = io::bell::heard;

namespace {

struct waiting {
  io::awaitable<void> wait(deadline until, io::cancellation* called_off) {
    auto waits = bell.wait(until, called_off);
    const heard what = co_await std::move(waits);
    ends.push_back(what);
  }

  void start(deadline until = {}, io::cancellation* called_off = nullptr) {
    boost::asio::co_spawn(on.context, wait(until, called_off), boost::asio::detached);
    run();
  }
  void run() {
    on.context.restart();
    on.context.poll();
  }

  test::manual_clock time;
  io::thread on{0, time};
  io::bell bell{on};
  std::vector<heard> ends;
};

}  // namespace

TEST_CASE("a bell wakes who waits, by way of the loop") {
  waiting w;
  w.start();
  CHECK(w.ends.empty());
  w.bell.ring();
  // Whoever rings goes on first.
  CHECK(w.ends.empty());
  w.run();
  CHECK(w.ends == std::vector{heard::rung});
}

TEST_CASE("a ring that nobody waited for ends the next wait, once") {
  waiting w;
  w.bell.ring();
  w.bell.ring();
  w.start();
  CHECK(w.ends == std::vector{heard::rung});
  w.start();
  CHECK(w.ends.size() == 1);
  w.bell.ring();
  w.run();
  CHECK(w.ends.size() == 2);
}

TEST_CASE("a wait at a bell ends when its time is up or it is called off") {
  waiting w;
  io::cancellation called_off;
  w.start(deadline::after(w.time.now(), 50ms), &called_off);
  w.time.advance(40ms);
  w.on.wheel.advance(w.time.now());
  w.run();
  CHECK(w.ends.empty());
  w.time.advance(20ms);
  w.on.wheel.advance(w.time.now());
  // What comes later does not change what was heard, and is for the next wait.
  w.bell.ring();
  w.run();
  CHECK(w.ends == std::vector{heard::late});
  w.start();
  CHECK(w.ends == std::vector{heard::late, heard::rung});
  w.ends.clear();

  w.start({}, &called_off);
  called_off.call_off(errc::client_gone);
  w.run();
  CHECK(w.ends.back() == heard::called_off);
  // At once, if that was before.
  w.start({}, &called_off);
  CHECK(w.ends == std::vector{heard::called_off, heard::called_off});
}
