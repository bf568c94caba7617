// A work-stealing executor: a fixed number of threads that run jobs, each with a deque of its own
// that idle ones steal from, and one inbox for jobs from outside. Bounded: no more than `capacity`
// jobs are accepted and not yet started; the rest is refused at once, as a value.
//
// Order: jobs from outside start in the order they came, give or take a batch; a job that a job
// submits goes to the worker it runs on, newest first, while thieves take the oldest.
#pragma once
#include "core/clock.hpp"
#include "core/error.hpp"
#include "exec/job.hpp"
#include "exec/statistics.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tailrace::exec {

struct crew;
class worker;

struct executor_options {
  executor_options(std::string n, std::size_t w, std::size_t c)
      : name(std::move(n)), workers(w), capacity(c) {}

  std::string name;       // threads are called name-0, name-1, …; the kernel keeps 15 bytes
  std::size_t workers;    // at least 1
  std::size_t capacity;   // jobs accepted and not started, at least 1
  std::size_t batch = 8;  // jobs a worker takes from the inbox at once, 1 to 32; 1 = strict order
  int nice = 0;           // added to the threads' niceness: lower OS priority
  // On each thread, before its first job and after its last. Must not throw.
  std::function<void()> on_thread_start;
  std::function<void()> on_thread_end;
};

class executor {
 public:
  // Starts the threads; throws std::system_error when one cannot be started.
  executor(const clock& c, executor_options options);
  ~executor();
  executor(const executor&) = delete;
  executor& operator=(const executor&) = delete;

  // Accepts `j`, or refuses it: overloaded when full, draining after close(). Any thread; wakes
  // at most one worker, never waits. A refused job still belongs to the caller.
  [[nodiscard]] result<void> submit(job& j) noexcept;

  // Refuses new jobs from now on. Any thread, any number of times.
  void close() noexcept;

  // Also finishes every accepted job and joins the threads. Not from a worker's thread; a second
  // call has nothing left to do.
  void close_and_join() noexcept;

  // Any thread, without a lock.
  std::size_t workers() const noexcept;
  std::size_t pending() const noexcept;
  const worker_statistics& statistics_of(std::size_t worker_index) const noexcept;
  statistics snapshot() const noexcept;

  const clock& time() const noexcept;

 private:
  void work(worker& w);

  executor_options options_;
  std::unique_ptr<crew> crew_;
  std::vector<std::thread> threads_;
};

}  // namespace tailrace::exec
