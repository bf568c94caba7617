// How long a job may have to wait in a queue, in the manner of CoDel (RFC 8289) and of what
// Facebook made of it for servers (Maurer, "Fail at Scale", 2015): a burst may fill the queue,
// since it empties again by itself; a queue that keeps standing only makes everybody late, so it is
// kept short. Pure; the owner locks.
#pragma once
#include "core/clock.hpp"

namespace tailrace::admission {

class wait_limit {
 public:
  // `standing` is the wait that is always allowed, `burst` the one that is allowed while the queue
  // does not stand. It stands once everybody has had to wait for more than half of `burst` for as
  // long as that.
  wait_limit(duration standing, duration burst) noexcept : standing_(standing), burst_(burst) {}

  // The longest wait that somebody who comes now and would wait for `expected` may have.
  duration allowed(duration expected, time_point now) noexcept {
    const bool high = expected > (stands_ ? standing_ * 3 / 4 : burst_ / 2);
    (high ? last_high_ : last_low_) = now;
    if (!stands_ && now - last_low_ >= burst_ / 2) stands_ = true;
    if (stands_ && now - last_high_ >= memory) stands_ = false;
    return stands_ ? standing_ : burst_;
  }

  bool stands() const noexcept { return stands_; }
  duration standing() const noexcept { return standing_; }
  duration burst() const noexcept { return burst_; }

 private:
  // A queue that is kept short by refusals is low now and then, by chance. It does not stand any
  // more once nobody has needed three quarters of `standing` for this long.
  static constexpr duration memory = std::chrono::seconds(1);

  duration standing_;
  duration burst_;
  bool stands_ = false;
  time_point last_high_{};
  time_point last_low_{};
};

}  // namespace tailrace::admission
