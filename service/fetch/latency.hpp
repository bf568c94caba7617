// How long an origin usually takes to answer: the 95th percentile of the latest answers, from
// counts in buckets that grow by a quarter of an octave; old counts fade by halving. Pure.
#pragma once
#include "core/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tailrace::fetch {

class latency {
 public:
  // So many answers are needed for a statement about the slowest twentieth.
  static constexpr unsigned answers_min = 20;
  static constexpr unsigned answers_max = 512;

  void record(duration took) noexcept;

  // Never less than the true one, at most a fifth more; within 100 us and 100 s.
  std::optional<duration> p95() const noexcept;

 private:
  static constexpr std::size_t buckets = 80;
  static duration limit_of(std::size_t bucket) noexcept;

  std::array<std::uint16_t, buckets> counts_{};
  unsigned answers_ = 0;
};

}  // namespace tailrace::fetch
