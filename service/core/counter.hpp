// Counters, gauges and histograms that one thread writes and any thread reads: recording is a
// plain load and store of a word, no lock, no bus-locked instruction. Components keep them where
// the event happens; metrics/ sums them over threads at scrape time and gives them their names.
#pragma once
#include "core/clock.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tailrace {

class counter {
 public:
  // Only by the owning thread.
  void add(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class gauge {
 public:
  // Only by the owning thread.
  void add(std::int64_t n) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Upper bounds in seconds, shared by all duration histograms; 0.12 is the latency objective.
inline constexpr std::array<double, 18> duration_bounds{
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.075,  0.1,     0.12,   0.15,  0.25,   0.5,   1.0,  2.5,   10.0};

// The same in whole nanoseconds, so that a duration on a bound counts as within it.
inline constexpr auto duration_bounds_ns = [] {
  std::array<std::int64_t, duration_bounds.size()> out{};
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = static_cast<std::int64_t>(duration_bounds[i] * 1e9 + 0.5);
  return out;
}();

class duration_histogram {
 public:
  // Only by the owning thread.
  void record(duration d) noexcept {
    const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(d).count();
    std::size_t bucket = 0;
    while (bucket < duration_bounds_ns.size() && nanoseconds > duration_bounds_ns[bucket]) ++bucket;
    counts_[bucket].add();
    nanoseconds_.add(nanoseconds > 0 ? static_cast<std::uint64_t>(nanoseconds) : 0);
  }

  // Observations in bucket `i` alone, not cumulative; the last bucket has no bound.
  std::uint64_t count(std::size_t i) const noexcept { return counts_[i].value(); }
  double sum_seconds() const noexcept { return static_cast<double>(nanoseconds_.value()) * 1e-9; }

 private:
  std::array<counter, duration_bounds.size() + 1> counts_;
  counter nanoseconds_;
};

}  // namespace tailrace
