// Which kind of request comes next, drawn by weight. Pure and reproducible; one for each worker.
#pragma once
#include "loadtest/generator/plan.hpp"

#include <cstdint>
#include <random>
#include <vector>

namespace tailrace::load {

class mix {
 public:
  mix(const std::vector<request_kind>& kinds, std::uint64_t seed, std::uint64_t worker);

  std::size_t next();  // an index into `kinds`

 private:
  std::vector<double> up_to_;  // the sum of the weights up to each kind, itself included
  std::mt19937_64 random_;
};

}  // namespace tailrace::load
