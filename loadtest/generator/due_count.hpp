// How many requests fall due, whether or not a connection is free for them: a worker's share of
// the schedule once more, which nobody sends. In a closed loop, where nothing waits, it is those
// that were sent. Pure; time comes in as a parameter.
#pragma once
#include "loadtest/generator/pacer.hpp"

#include <cstdint>
#include <optional>

namespace tailrace::load {

class due_count {
 public:
  using time_point = pacer::time_point;

  due_count(const plan& p, unsigned worker, time_point start);

  void sent() noexcept { count_ += share_ ? 0 : 1; }

  // Counts those due before `now`. To be called often, for a time that the next take() includes:
  // a whole second of a high rate, counted in one go, would hold up what is due meanwhile.
  void keep_pace(time_point now);

  // Those due before `end` that no earlier call had.
  std::uint64_t take(time_point end);

  // What the next take() has for certain.
  std::uint64_t counted() const noexcept { return count_; }

  // Nothing falls due from `now` on.
  void stop(time_point now);

 private:
  std::optional<pacer> share_;  // none in a closed loop
  std::uint64_t count_ = 0;
};

}  // namespace tailrace::load
