// Counts of durations in log-linear buckets, after Gil Tene's HdrHistogram: exact below 256 ns,
// then 128 equal buckets per power of two, so a reported value is never below the true one and at
// most 1/128 above it. Takes 37 KiB from the first value on, whatever comes then; values beyond
// `highest` share the last bucket. A plain value: one thread at a time.
#pragma once
#include <chrono>
#include <cstdint>
#include <vector>

namespace tailrace::load {

class histogram {
 public:
  using nanoseconds = std::chrono::nanoseconds;
  static constexpr nanoseconds highest{(std::int64_t{1} << 44) - 1};  // 4.9 hours

  void add(nanoseconds value);  // a negative value counts as 0
  void merge(const histogram& other);

  std::uint64_t count() const noexcept { return count_; }
  nanoseconds max() const noexcept { return nanoseconds(max_); }  // exact
  nanoseconds mean() const noexcept;                              // exact

  // The smallest recorded value that at least `quantile` (0..1) of all values do not exceed
  // (the nearest-rank definition), rounded up to its bucket's end; 0 when nothing was recorded.
  nanoseconds at(double quantile) const noexcept;

 private:
  std::vector<std::uint64_t> buckets_;  // none before the first value
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  // Two words of one sum: exact, and cheaper to add to than a long double.
  std::uint64_t sum_low_ = 0;
  std::uint64_t sum_high_ = 0;
};

}  // namespace tailrace::load
