// Three thread pools behind one face, for bench_executor.cpp: ours, Asio's and oneTBB's. Each is
// used as its own documentation says, and none is given more threads than `workers`.
#pragma once
#include "core/clock.hpp"
#include "exec/executor.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <exception>
#include <tbb/global_control.h>
#include <tbb/task_arena.h>
#include <tbb/task_group.h>
#include <vector>

namespace tailrace::bench {

// What is run: one indirect call in each pool. Kept by the caller until it has been called.
struct task final : exec::job {
  void run(duration) noexcept override { call(*this); }
  void drop(errc) noexcept override { std::terminate(); }

  void (*call)(task&) = nullptr;
  void* context = nullptr;
};

inline constexpr std::size_t tasks_max = 1000;  // posted and not started, plus one that forks

class our_pool {
 public:
  explicit our_pool(std::size_t workers) : pool_(time_, {"bench", workers, tasks_max + 1}) {}

  void post(task& t) {
    if (!pool_.submit(t)) std::terminate();
  }
  // Inside a task: starts all of them. The last one to end says so itself.
  void fork(std::vector<task>& tasks) {
    for (task& t : tasks) post(t);
  }

 private:
  steady_clock time_;
  exec::executor pool_;
};

class asio_pool {
 public:
  explicit asio_pool(std::size_t workers) : pool_(workers) {}
  ~asio_pool() { pool_.join(); }

  void post(task& t) {
    boost::asio::post(pool_, [&t] { t.call(t); });
  }
  void fork(std::vector<task>& tasks) {
    for (task& t : tasks) post(t);
  }

 private:
  boost::asio::thread_pool pool_;
};

class tbb_pool {
 public:
  // The thread that enqueues counts as one, and none of the arena's places is kept for it.
  explicit tbb_pool(std::size_t workers)
      : most_(tbb::global_control::max_allowed_parallelism, workers + 1),
        arena_(static_cast<int>(workers), 0) {}

  void post(task& t) {
    arena_.enqueue([&t] { t.call(t); });
  }
  void fork(std::vector<task>& tasks) {
    tbb::task_group group;
    for (task& t : tasks) group.run([&t] { t.call(t); });
    group.wait();
  }

 private:
  tbb::global_control most_;
  tbb::task_arena arena_;
};

}  // namespace tailrace::bench
