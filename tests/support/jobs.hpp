// Jobs for executor tests: one that records what became of it, one that holds a worker.
#pragma once
#include "exec/executor.hpp"
#include "exec/job.hpp"

#include <atomic>
#include <functional>
#include <latch>
#include <optional>
#include <utility>

namespace tailrace::test {

class recorded_job final : public exec::job {
 public:
  recorded_job() = default;
  explicit recorded_job(std::function<void()> w) : work_(std::move(w)) {}
  recorded_job(deadline d, cancel_flag c) : job(d, std::move(c)) {}

  void run(duration queued) noexcept override {
    waited = queued;
    if (work_) work_();
    runs.fetch_add(1);
  }
  void drop(errc why) noexcept override {
    reason = why;
    drops.fetch_add(1);
  }
  int calls() const { return runs + drops; }

  std::atomic<int> runs{0};
  std::atomic<int> drops{0};
  std::optional<errc> reason;  // read it after the executor was joined
  duration waited{};

 private:
  std::function<void()> work_;
};

// Occupies one worker from construction to release().
class held_worker final : exec::job {
 public:
  explicit held_worker(exec::executor& on) {
    if (!on.submit(*this)) std::terminate();
    running_.wait();
  }
  ~held_worker() { release(); }

  void release() {
    if (!std::exchange(released_, true)) go_on_.count_down();
    left_.wait();
  }

 private:
  void run(duration) noexcept override {
    running_.count_down();
    go_on_.wait();
    left_.count_down();
  }
  void drop(errc) noexcept override { std::terminate(); }

  std::latch running_{1};
  std::latch go_on_{1};
  std::latch left_{1};
  bool released_ = false;
};

}  // namespace tailrace::test
