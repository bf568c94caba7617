// A token bucket whose rate is told anew each time. Pure; the owner locks.
#pragma once
#include "core/clock.hpp"

#include <algorithm>

namespace tailrace::admission {

class pace {
 public:
  // Holds at most `depth` tokens, and all of them at first.
  explicit pace(double depth) noexcept : depth_(depth), tokens_(depth) {}

  // Takes a token, of which there came `per_second` since the last time; false when there is none.
  // With `credit`, also when there is none, until as many are owed as it holds.
  bool take(double per_second, time_point now, bool credit) noexcept {
    const std::chrono::duration<double> passed = now - as_of_;
    tokens_ = std::min(depth_, tokens_ + passed.count() * per_second);
    as_of_ = now;
    if (tokens_ < (credit ? 1 - depth_ : 1)) return false;
    tokens_ -= 1;
    return true;
  }

  // One that was taken was not used.
  void give_back() noexcept { tokens_ += 1; }

 private:
  double depth_;
  double tokens_;
  time_point as_of_{};
};

}  // namespace tailrace::admission
