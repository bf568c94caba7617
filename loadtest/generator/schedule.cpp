#include "loadtest/generator/schedule.hpp"

#include "loadtest/generator/random.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tailrace::load {

schedule::schedule(const std::vector<phase>& phases, double share) {
  nanoseconds start{};
  for (const phase& p : phases) {
    const long double rate = static_cast<long double>(p.rate) * share;
    stretches_.push_back({start, start + p.length, total_, rate});
    total_ += rate * static_cast<long double>(p.length.count()) / 1e9L;
    start += p.length;
  }
}

schedule schedule::constant(const std::vector<phase>& phases, std::uint64_t worker,
                            std::uint64_t workers) {
  schedule s(phases, 1);
  s.number_ = worker;
  s.stride_ = workers;
  return s;
}

schedule schedule::poisson(const std::vector<phase>& phases, std::uint64_t seed,
                           std::uint64_t worker, std::uint64_t workers) {
  schedule s(phases, 1 / static_cast<double>(workers));
  s.poisson_ = true;
  s.random_ = random_stream(seed, worker, stream::arrivals);
  return s;
}

long double schedule::next_arrival() {
  if (!poisson_) {
    // From the number, not by adding intervals: a million roundings would bend the rate.
    return static_cast<long double>(std::exchange(number_, number_ + stride_));
  }
  // Inverse transform; std::exponential_distribution would differ between standard libraries.
  return last_ += -std::log1p(-uniform(random_));
}

std::optional<schedule::arrival> schedule::next() {
  const long double number = next_arrival();
  if (number >= total_) return std::nullopt;
  while (current_ + 1 < stretches_.size() && number >= stretches_[current_ + 1].first) ++current_;
  const stretch& s = stretches_[current_];
  const nanoseconds into(std::llround((number - s.first) / s.rate * 1e9L));
  // Rounding must not carry it over the end of what it belongs to.
  return schedule::arrival{std::min(s.start + into, s.end - nanoseconds(1)), current_};
}

}  // namespace tailrace::load
