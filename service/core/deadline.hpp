// The moment by which something must have ended, absolute and passed by value.
#pragma once
#include "core/clock.hpp"

#include <algorithm>

namespace tailrace {

class deadline {
 public:
  // Never passes.
  constexpr deadline() noexcept = default;
  constexpr explicit deadline(time_point at) noexcept : at_(at) {}

  static deadline after(time_point now, duration d) noexcept { return deadline{now + d}; }

  constexpr bool never() const noexcept { return at_ == time_point::max(); }
  constexpr bool passed(time_point now) const noexcept { return now >= at_; }
  constexpr time_point at() const noexcept { return at_; }

  // Time left, not below zero.
  constexpr duration left(time_point now) const noexcept {
    return std::max(at_ - now, duration::zero());
  }

  friend constexpr auto operator<=>(deadline, deadline) noexcept = default;

 private:
  time_point at_ = time_point::max();
};

}  // namespace tailrace
