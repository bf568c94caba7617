// A minimum rate with memory no longer than the grace period: time spent waiting for the peer uses
// credit up, bytes earn it back, and nobody can save more than the grace. So a stall is seen within
// the grace even after a gigabyte, a trickle soon after, and the time that we ourselves take
// between two reads or writes is not held against the peer. Pure.
#pragma once
#include "core/clock.hpp"

#include <algorithm>
#include <cstdint>

namespace tailrace {

class rate_credit {
 public:
  // A rate of 0 still limits a single wait to the grace.
  rate_credit(duration grace, std::uint64_t bytes_per_s) noexcept
      : grace_(grace), left_(grace), bytes_per_s_(bytes_per_s) {}

  // How long the next wait may take.
  duration left() const noexcept { return left_; }

  // A wait of `waited` brought `bytes`.
  void spend(duration waited, std::uint64_t bytes) noexcept {
    if (bytes_per_s_ == 0) return;
    const double seconds = static_cast<double>(bytes) / static_cast<double>(bytes_per_s_);
    const double most = std::chrono::duration<double>(grace_ + waited).count();
    const auto earned = std::chrono::duration_cast<duration>(
        std::chrono::duration<double>(std::min(seconds, most)));
    left_ = std::clamp(left_ - waited + earned, duration::zero(), grace_);
  }

 private:
  duration grace_;
  duration left_;
  std::uint64_t bytes_per_s_;
};

}  // namespace tailrace
