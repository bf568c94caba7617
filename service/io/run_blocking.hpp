// From the other side of the bridge that offload() is one side of: a coroutine as a call that
// blocks, for tools and tests. Never on an I/O thread that serves others.
//
// Both forms return what `work` returned and throw what it threw, and both return only when the
// context has nothing left to do: whatever `work` started beside itself has ended too. What leaves
// another handler of the context as an exception passes through; the context must then not be run
// again.
#pragma once
#include "io/thread.hpp"
#include "io/types.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace tailrace::io {
namespace detail {

// A value that a coroutine leaves behind; it need not be default-constructible, as Asio's own
// completions ask.
template <class T>
struct left_behind {
  std::optional<T> value;

  awaitable<void> await(awaitable<T> work) {
    T got = co_await std::move(work);
    value.emplace(std::move(got));
  }
  T take() { return std::move(*value); }
};

template <>
struct left_behind<void> {
  awaitable<void> await(awaitable<void> work) { co_await std::move(work); }
  void take() {}
};

// Turns a thread's wheel in the context's own time until stopped.
class wheel_turner {
 public:
  explicit wheel_turner(thread& on) : thread_(on), ticker_(on.context) { tick(); }
  void stop() {
    stopped_ = true;
    ticker_.cancel();
  }

 private:
  void tick() {
    ticker_.expires_after(deadline_wheel::tick);
    ticker_.async_wait([this](const boost::system::error_code& ec) {
      if (ec || stopped_) return;
      thread_.wheel.advance(thread_.time.now());
      tick();
    });
  }

  thread& thread_;
  timer ticker_;
  bool stopped_ = false;
};

template <class T, class Ended>
T run_to_end(context& on, awaitable<T> work, Ended ended) {
  left_behind<T> left;
  std::exception_ptr thrown;
  asio::co_spawn(on.get_executor(), left.await(std::move(work)), [&](std::exception_ptr e) {
    thrown = std::move(e);
    ended();
  });
  on.restart();
  on.run();
  if (thrown) std::rethrow_exception(thrown);
  return left.take();
}

}  // namespace detail

// On a context of its own, for what needs no deadline wheel: offload() for example.
template <class T>
T run_blocking(awaitable<T> work) {
  context own{1};
  return detail::run_to_end(own, std::move(work), [] {});
}

// On an io::thread that is not running anywhere; the calling thread is that thread until this
// returns, and its wheel turns. For fetchers, bells and whatever else has deadlines. May be called
// again.
template <class T>
T run_blocking(thread& on, awaitable<T> work) {
  detail::wheel_turner turner(on);
  return detail::run_to_end(on.context, std::move(work), [&] { turner.stop(); });
}

}  // namespace tailrace::io
