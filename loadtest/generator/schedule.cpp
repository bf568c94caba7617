#include "loadtest/generator/schedule.hpp"

#include <cmath>

namespace tailrace::load {

schedule schedule::constant(double rate, std::uint64_t worker, std::uint64_t workers) {
  schedule s(kind::constant);
  s.rate_ = rate;
  s.number_ = worker;
  s.stride_ = workers;
  return s;
}

schedule schedule::poisson(double rate, std::uint64_t seed, std::uint64_t worker,
                           std::uint64_t workers) {
  schedule s(kind::poisson);
  s.rate_ = rate / static_cast<double>(workers);
  std::seed_seq mixed{seed & 0xffffffffU, seed >> 32U, worker};
  s.random_.seed(mixed);
  return s;
}

schedule schedule::always() {
  return schedule(kind::always);
}

schedule::nanoseconds schedule::next() {
  if (kind_ == kind::always) return nanoseconds(0);
  if (kind_ == kind::constant) {
    // From the number, not by adding intervals: a million roundings would bend the rate.
    const long double seconds = static_cast<long double>(number_) / rate_;
    number_ += stride_;
    return nanoseconds(std::llround(seconds * 1e9L));
  }
  // Inverse transform of 53 random bits in [0, 1); std::exponential_distribution would differ
  // between standard libraries.
  const double uniform = std::ldexp(static_cast<double>(random_() >> 11U), -53);
  last_s_ += -std::log1p(-uniform) / rate_;
  return nanoseconds(std::llround(last_s_ * 1e9));
}

}  // namespace tailrace::load
