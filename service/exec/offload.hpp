// Runs a function on an executor while the coroutine that wants its result leaves the I/O thread
// to others. This file and what it is made of (offload_detail.hpp, offload.cpp) are the only ones
// that know both the executor and Asio.
//
// Both forms complete exactly once, by a post to the awaiting coroutine's own executor, never
// inline, and keep its io_context running until then. What can come back besides f's own value or
// error: overloaded or draining (refused before any work), client_gone or deadline_exceeded
// (dropped before it started), internal (f threw; the detail is for the log).
//
// f is called as f() or f(const cancel_flag&) on a worker's thread and returns T, result<T> or
// void. Everything else here is called on the I/O thread of the awaiting coroutine.
#pragma once
#include "exec/executor.hpp"
#include "exec/job_options.hpp"
#include "exec/offload_detail.hpp"
#include "io/types.hpp"

#include <cassert>
#include <memory>
#include <thread>
#include <utility>

namespace tailrace::exec {

// Runs f and returns its result. The coroutine's frame holds the job: f may refer to the caller's
// locals, and nothing is allocated but coroutine frames.
template <class F>
io::awaitable<result<job_value<F>>> offload(executor& on, job_options options, F f) {
  detail::operation<F> op(on.time(), std::move(options), std::move(f));
  auto finished = detail::submit_and_wait(on, op, op.meeting);
  co_await std::move(finished);
  co_return op.take();
}

// A job that was started and will be waited for, so that the coroutine can receive the next bytes
// while it runs. One allocation. f may refer to locals declared before this object: its
// destructor takes back a job that has not started, and otherwise blocks until f has returned.
// That is the way out after an error, made for short jobs; set the cancel flag before it if
// it may take long.
template <class T>
class [[nodiscard]] background {
 public:
  explicit background(std::unique_ptr<detail::task<T>> t) noexcept : task_(std::move(t)) {}
  background(background&&) noexcept = default;
  background& operator=(background&&) = delete;
  ~background() {
    if (!task_) return;
    if (task_->claim()) {
      (void)task_.release();  // the worker that finds it deletes it
      return;
    }
    while (!task_->meeting.done()) std::this_thread::yield();
  }

  // Once. Does not suspend when the job has ended already.
  io::awaitable<result<T>> wait() {
    assert(task_);
    if (!task_->meeting.done()) {
      auto finished = detail::wait(task_->meeting);
      co_await std::move(finished);
    }
    co_return task_->take();
  }

 private:
  std::unique_ptr<detail::task<T>> task_;
};

// Starts f now; a refusal comes out of wait().
template <class F>
background<job_value<F>> start(executor& on, job_options options, F f) {
  auto op = std::make_unique<detail::operation<F>>(on.time(), std::move(options), std::move(f));
  job& submitted = *op;
  background<job_value<F>> started(std::move(op));
  if (const auto accepted = on.submit(submitted); !accepted) submitted.drop(accepted.error().code);
  return started;
}

}  // namespace tailrace::exec
