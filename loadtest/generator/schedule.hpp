// When requests are due, as offsets from the start of the run: the plan of an open loop, which
// no answer, late or early, ever changes. Pure and reproducible: the same arguments give the
// same times on every machine. Not thread-safe; every worker has a share of its own.
//
// Arrivals are first made for a rate of one per unit, evenly or with exponential gaps, and then
// laid on the time axis where the phases' rates have added up to them. So a change of the rate
// leaves no gap and doubles nothing, and Poisson arrivals stay what they are.
#pragma once
#include "loadtest/generator/plan.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace tailrace::load {

class schedule {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  // One of `workers` equal shares of the phases' rates. The shares of constant rates interleave,
  // so that together they are exactly evenly spaced.
  static schedule constant(const std::vector<phase>& phases, std::uint64_t worker = 0,
                           std::uint64_t workers = 1);
  // Independent Poisson streams add up to one of the summed rate.
  static schedule poisson(const std::vector<phase>& phases, std::uint64_t seed,
                          std::uint64_t worker = 0, std::uint64_t workers = 1);

  struct arrival {
    nanoseconds at{};
    std::size_t phase = 0;
    bool operator==(const arrival&) const = default;
  };
  // The next request, never before the one given out last; nothing when the phases are over.
  std::optional<arrival> next();

 private:
  // A phase in terms of arrivals: those from `first` on, until the next one's, fall into it.
  struct stretch {
    nanoseconds start{};
    nanoseconds end{};
    long double first = 0;
    long double rate = 0;
  };
  schedule(const std::vector<phase>& phases, double share);
  long double next_arrival();

  std::vector<stretch> stretches_;
  long double total_ = 0;  // arrivals of all phases
  std::size_t current_ = 0;
  bool poisson_ = false;
  std::uint64_t number_ = 0;  // constant: which request of all workers' is next
  std::uint64_t stride_ = 1;
  double last_ = 0;  // poisson: the arrival given out last
  std::mt19937_64 random_;
};

}  // namespace tailrace::load
