#include "loadtest/generator/plan.hpp"

#include <algorithm>

namespace tailrace::load {

std::chrono::nanoseconds plan::length() const {
  return start_of(phases.size());
}

std::chrono::nanoseconds plan::start_of(std::size_t phase) const {
  std::chrono::nanoseconds sum{};
  for (std::size_t i = 0; i < phase; ++i) sum += phases[i].length;
  return sum;
}

std::chrono::nanoseconds plan::recorded_of(std::chrono::nanoseconds elapsed) const {
  std::chrono::nanoseconds sum{}, start{};
  for (std::size_t i = 0; i < phases.size() && start < elapsed; ++i) {
    const bool last = i + 1 == phases.size();
    const auto end = last ? elapsed : std::min(elapsed, start + phases[i].length);
    if (phases[i].recorded) sum += end - start;
    start = end;
  }
  return sum;
}

unsigned plan::connections_of(unsigned worker) const {
  return connections / threads + (worker < connections % threads ? 1 : 0);
}

}  // namespace tailrace::load
