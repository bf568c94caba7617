// An I/O thread for tests: the test's own thread, on the real clock, with its wheel turning.
#pragma once
#include "core/clock.hpp"
#include "io/thread.hpp"
#include "io/types.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace tailrace::test {

class io_loop {
 public:
  io_loop() { tick(); }
  ~io_loop() {
    ticker_.cancel();
    thread_.context.restart();
    thread_.context.poll();
  }
  io_loop(const io_loop&) = delete;
  io_loop& operator=(const io_loop&) = delete;

  io::thread& thread() noexcept { return thread_; }

  // Runs the loop until `work` has ended.
  template <class T>
  T run(io::awaitable<T> work) {
    std::optional<T> out;
    std::exception_ptr thrown;
    bool done = false;
    boost::asio::co_spawn(thread_.context, std::move(work), [&](std::exception_ptr e, T value) {
      thrown = e;
      out.emplace(std::move(value));
      done = true;
    });
    while (!done) thread_.context.run_one();
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*out);
  }

  // Runs it until `ready` says so.
  template <class Ready>
  void run_until(Ready ready) {
    while (!ready()) thread_.context.run_one();
  }

  // Whether the loop runs out of work, as a thread that ends needs it to, within `most`. Last call.
  bool ends_within(duration most) {
    ticker_.cancel();
    thread_.context.run_for(most);
    return thread_.context.stopped();
  }

 private:
  void tick() {
    ticker_.expires_after(io::deadline_wheel::tick);
    ticker_.async_wait([this](boost::system::error_code ec) {
      if (ec) return;
      thread_.wheel.advance(thread_.time.now());
      tick();
    });
  }

  steady_clock clock_;
  io::thread thread_{0, clock_};
  io::timer ticker_{thread_.context};
};

}  // namespace tailrace::test
