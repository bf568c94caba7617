// The compute threads of the process: a short lane for hash slices and file reads, a long lane for
// image jobs. Two executors on separate threads, because a short job must not wait for a 100 ms
// encode and the kernel preempts better than any queue could reorder. The long lane's threads are
// nicer than all others, or what wakes up beside them waits for the end of their time slice
// (figures: docs/architecture.md and loadtest/RESULTS.md; again with `./dev bench --only lanes`).
#pragma once
#include "exec/executor.hpp"

namespace tailrace::exec {

struct lanes_options {
  std::size_t short_threads = 1;
  std::size_t long_threads = 1;
  std::size_t short_capacity = 1024;
  std::size_t long_capacity = 64;
  int long_nice = 10;  // added to the long threads' niceness
  // On every thread of both lanes, first and last.
  std::function<void()> on_thread_start;
  std::function<void()> on_thread_end;
};

class lanes {
 public:
  // Throws std::system_error when a thread cannot be started.
  lanes(const clock& c, const lanes_options& options);

  // Any thread, until close_and_join(). Not inline: loadtest/lanes.cpp puts other lanes in their
  // place, to measure against.
  executor& short_lane() noexcept;
  executor& long_lane() noexcept;
  const executor& short_lane() const noexcept;
  const executor& long_lane() const noexcept;

  // Both lanes refuse new jobs, finish the accepted ones and join.
  void close_and_join() noexcept;

 private:
  executor short_;
  executor long_;
};

}  // namespace tailrace::exec
