// What an executor did, counted by each worker for itself and read by any thread without a lock.
#pragma once
#include "core/counter.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace tailrace::exec {

// One worker's cells; only that worker writes.
struct worker_statistics {
  counter run;                    // jobs run to their end
  counter dropped_cancelled;      // instead of run: errc::client_gone
  counter dropped_late;           // instead of run: errc::deadline_exceeded
  counter steals;                 // jobs taken from another worker's deque
  counter wakeups;                // times it slept and was woken
  counter busy_nanoseconds;       // inside run() or drop()
  duration_histogram queue_wait;  // of every job it took, dropped ones included
};

// The sum over all workers at one moment, as plain values. The cells are read one after the
// other while work goes on, so related figures may differ by the jobs of that instant.
struct statistics {
  std::size_t workers = 0;
  std::size_t pending = 0;  // accepted, not yet started
  std::uint64_t run = 0;
  std::uint64_t dropped_cancelled = 0;
  std::uint64_t dropped_late = 0;
  std::uint64_t steals = 0;
  std::uint64_t wakeups = 0;
  double busy_seconds = 0;
  std::array<std::uint64_t, duration_bounds.size() + 1> queue_wait_counts{};  // not cumulative
  double queue_wait_seconds = 0;

  void add(const worker_statistics& w) noexcept {
    run += w.run.value();
    dropped_cancelled += w.dropped_cancelled.value();
    dropped_late += w.dropped_late.value();
    steals += w.steals.value();
    wakeups += w.wakeups.value();
    busy_seconds += static_cast<double>(w.busy_nanoseconds.value()) * 1e-9;
    for (std::size_t i = 0; i < queue_wait_counts.size(); ++i)
      queue_wait_counts[i] += w.queue_wait.count(i);
    queue_wait_seconds += w.queue_wait.sum_seconds();
  }
};

}  // namespace tailrace::exec
