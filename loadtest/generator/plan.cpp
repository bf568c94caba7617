#include "loadtest/generator/plan.hpp"

namespace tailrace::load {

std::chrono::nanoseconds plan::length() const {
  return start_of(phases.size());
}

std::chrono::nanoseconds plan::start_of(std::size_t phase) const {
  std::chrono::nanoseconds sum{};
  for (std::size_t i = 0; i < phase; ++i) sum += phases[i].length;
  return sum;
}

unsigned plan::connections_of(unsigned worker) const {
  return connections / threads + (worker < connections % threads ? 1 : 0);
}

}  // namespace tailrace::load
