// Time that moves only when a test says so.
#pragma once
#include "core/clock.hpp"

namespace tailrace::test {

class manual_clock final : public clock {
 public:
  time_point now() const noexcept override { return now_; }
  void advance(duration d) noexcept { now_ += d; }

 private:
  time_point now_ = time_point{} + std::chrono::hours(1);
};

}  // namespace tailrace::test
