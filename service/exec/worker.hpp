// One worker of an executor: its deque, its search for work, its sleep. loop() runs on the
// worker's own thread; push() is called by jobs that run there; the deque may be robbed and the
// statistics read by any thread.
#pragma once
#include "core/clock.hpp"
#include "exec/deque.hpp"
#include "exec/injector.hpp"
#include "exec/job.hpp"
#include "exec/parking.hpp"
#include "exec/statistics.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tailrace::exec {

class worker;

// What the workers of one executor share.
struct crew {
  crew(const clock& c, std::size_t worker_count, std::size_t capacity, std::size_t most_at_once)
      : time(c), beds(worker_count, capacity), batch(most_at_once) {}

  const clock& time;
  parking beds;
  injector inbox;
  const std::size_t batch;  // jobs taken from the inbox at once
  std::vector<std::unique_ptr<worker>> workers;
};

class alignas(64) worker {
 public:
  static constexpr std::size_t deque_capacity = 256;
  static constexpr std::size_t batch_max = 32;

  worker(crew& everyone, std::size_t index) noexcept;

  // Starts jobs until the executor is closed and nothing is pending.
  void loop() noexcept;

  // False when the deque is full. Only on this worker's thread.
  bool push(job& j) noexcept { return jobs_.push(&j); }

  bool works_for(const crew& c) const noexcept { return &crew_ == &c; }
  const worker_statistics& statistics() const noexcept { return statistics_; }

 private:
  job* next() noexcept;
  job* take_batch(std::size_t at_most) noexcept;
  job* search() noexcept;
  job* rob_someone() noexcept;
  void start(job& j) noexcept;
  bool rest() noexcept;
  std::uint64_t random() noexcept;

  crew& crew_;
  const std::size_t index_;
  bool searching_ = false;
  std::uint32_t turn_ = 0;
  // The last look at the clock, and whether it stands for "now": a job that is taken at once
  // starts when the one before it ended. The clock is the dearest part of a tiny job.
  time_point looked_;
  bool current_ = false;
  std::uint64_t random_;
  deque<job, deque_capacity> jobs_;
  sleeper bed_;
  worker_statistics statistics_;
};

}  // namespace tailrace::exec
