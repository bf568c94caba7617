// When requests are due, as offsets from the start of the run: the plan of an open loop, which
// no answer, late or early, ever changes. Pure and reproducible: the same arguments give the
// same times on every machine. Not thread-safe; every worker has a share of its own.
#pragma once
#include <chrono>
#include <cstdint>
#include <random>

namespace tailrace::load {

class schedule {
 public:
  using nanoseconds = std::chrono::nanoseconds;

  // One of `workers` equal shares of `rate` requests per second. The shares of a constant rate
  // interleave, so that together they are exactly evenly spaced.
  static schedule constant(double rate, std::uint64_t worker = 0, std::uint64_t workers = 1);
  // Exponential gaps. Independent Poisson streams add up to one of the summed rate.
  static schedule poisson(double rate, std::uint64_t seed, std::uint64_t worker = 0,
                          std::uint64_t workers = 1);
  // Always due: a closed loop, in which only the connections limit the rate.
  static schedule always();

  bool closed() const noexcept { return kind_ == kind::always; }

  // The offset of the next request, never before the one given out last.
  nanoseconds next();

 private:
  enum class kind : std::uint8_t { constant, poisson, always };
  explicit schedule(kind k) : kind_(k) {}

  kind kind_;
  double rate_ = 0;           // constant: of all workers; poisson: of this share
  std::uint64_t number_ = 0;  // constant: which request of all workers' is next
  std::uint64_t stride_ = 1;
  double last_s_ = 0;  // poisson: the arrival given out last
  std::mt19937_64 random_;
};

}  // namespace tailrace::load
