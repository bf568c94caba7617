// The queue in front of the connections, without a queue: requests leave in the order of the
// schedule, so those that wait are exactly the ones between the next arrival and now. However
// long the server stalls, it takes no memory. Pure; time comes in as a parameter.
#pragma once
#include "loadtest/generator/schedule.hpp"

#include <chrono>
#include <optional>

namespace tailrace::load {

class pacer {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  // Plans the requests due in [start, start + length).
  pacer(schedule plan, time_point start, duration length);

  // Takes the next request if it is due, and says for when it was scheduled: the time from which
  // its latency counts, however late a connection became free. In a closed loop that is `now`.
  std::optional<time_point> take(time_point now);

  // When the next request falls due (maybe in the past); nothing once the plan is used up.
  std::optional<time_point> next_due() const noexcept { return next_; }

  // No request is planned from `now` on; those that wait still are.
  void stop(time_point now);

 private:
  void advance();

  schedule plan_;
  time_point start_;
  time_point end_;
  std::optional<time_point> next_;
};

}  // namespace tailrace::load
