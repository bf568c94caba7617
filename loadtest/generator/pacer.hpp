// Deals out a worker's requests when they fall due. The queue in front of the connections, without
// a queue: requests leave in the order of the schedule, so those that wait are exactly the ones
// between the next arrival and now. However long the server stalls, it takes no memory. Pure; time
// comes in as a parameter.
#pragma once
#include "loadtest/generator/mix.hpp"
#include "loadtest/generator/outcome.hpp"
#include "loadtest/generator/plan.hpp"
#include "loadtest/generator/schedule.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace tailrace::load {

class pacer {
 public:
  using time_point = ticket::time_point;

  // The share of worker number `worker` in a run that begins at `start`.
  pacer(const plan& p, unsigned worker, time_point start);

  // Takes the next request if it is due, and says for when it was scheduled: the time from which
  // its latency counts, however late a connection became free. In a closed loop that is `now`.
  std::optional<ticket> take(time_point now);

  // When the next request falls due (maybe in the past); nothing once the plan is used up.
  std::optional<time_point> next_due() const noexcept { return next_; }

  // No request is planned from `now` on; those that wait still are.
  void stop(time_point now);

 private:
  void advance();

  std::vector<time_point> phase_ends_;
  std::optional<schedule> schedule_;  // none in a closed loop
  mix mix_;
  time_point start_;
  time_point end_;
  std::optional<time_point> next_;
  std::size_t phase_ = 0;  // of the next one; in a closed loop of the last one
  std::uint64_t number_;
  std::uint64_t stride_;
};

}  // namespace tailrace::load
