// Structured concurrency on one I/O thread (Nathaniel J. Smith, "Notes on structured concurrency",
// 2018): children run side by side, no more of them than a bound, and nothing outlives the group.
//
//   auto all = exec::with_task_group(thread, options, [&](exec::task_group& group)
//       -> io::awaitable<result<void>> { … co_await group.spawn(child(group.called_off())); … });
//   auto done = co_await std::move(all);
//
// Children end early by looking at group.called_off(), which fetches and jobs take: it is called
// off by an error (fail_fast), by the deadline, by the parent, and when the body fails. All calls
// on the thread.
#pragma once
#include "core/deadline.hpp"
#include "core/error.hpp"
#include "io/bell.hpp"
#include "io/cancellation.hpp"
#include "io/thread.hpp"
#include "io/types.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

namespace tailrace::exec {

enum class on_error : std::uint8_t {
  collect,   // an error of one child is no concern of the others
  fail_fast  // it calls them off, with errc::cancelled
};

struct group_options {
  group_options() noexcept {}

  std::size_t concurrent_max = 8;  // children at a time, at least 1
  on_error mode = on_error::fail_fast;
  deadline until;                      // calls the group off, with deadline_exceeded
  io::cancellation* parent = nullptr;  // calls the group off, for its reason; outlives it
};

class task_group final : io::cancellation::waiter, io::deadline_wheel::entry {
 public:
  task_group(const task_group&) = delete;
  task_group& operator=(const task_group&) = delete;
  ~task_group();

  // Waits for a place and starts `child`, which runs up to where it first waits. The reason, when
  // the group has been called off: the child is then never started. One caller at a time.
  io::awaitable<result<void>> spawn(io::awaitable<result<void>> child);

  // The same in two steps, for a child that should not be made in vain: start() follows place() at
  // once.
  io::awaitable<result<void>> place();
  void start(io::awaitable<result<void>> child);

  // What children pass on to whatever they wait for.
  io::cancellation& called_off() noexcept { return called_off_; }

  // Whether another child would have to wait for its place.
  bool full() const noexcept { return running_ >= options_.concurrent_max; }

 private:
  template <class Body>
  friend io::awaitable<result<void>> with_task_group(io::thread& on, group_options options,
                                                     Body body);

  task_group(io::thread& on, const group_options& options);

  io::awaitable<void> run(io::awaitable<result<void>> child);
  io::awaitable<void> join();
  void ended(result<void> how, bool matters) noexcept;
  void wake() noexcept override;
  void late() noexcept override;

  io::thread& thread_;
  const group_options options_;
  io::cancellation called_off_;
  io::bell changed_;
  std::size_t running_ = 0;
  std::optional<error> first_error_;  // of a child, where that matters
};

// Runs `body(group)` and ends when it and every child have, whichever way. In this order: what the
// body threw; the first error of a child (fail_fast only); the body's error; why the group was
// called off. A child that throws has failed with errc::internal, and that is never only its own
// concern: it is a bug, or there is no memory.
template <class Body>
io::awaitable<result<void>> with_task_group(io::thread& on, group_options options, Body body) {
  task_group group(on, options);
  result<void> said;
  std::exception_ptr thrown;
  try {
    auto running = body(group);
    said = co_await std::move(running);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown || said.has_error()) group.called_off_.call_off(errc::cancelled);
  auto joining = group.join();
  co_await std::move(joining);
  if (thrown) std::rethrow_exception(thrown);
  if (group.first_error_) co_return std::move(*group.first_error_);
  if (said.has_error()) co_return said;
  if (group.called_off_.called_off()) co_return error(group.called_off_.why());
  co_return result<void>();
}

}  // namespace tailrace::exec
