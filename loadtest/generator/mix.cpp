#include "loadtest/generator/mix.hpp"

#include "loadtest/generator/random.hpp"

#include <algorithm>

namespace tailrace::load {

mix::mix(const std::vector<request_kind>& kinds, std::uint64_t seed, std::uint64_t worker)
    : random_(random_stream(seed, worker, stream::mix)) {
  double sum = 0;
  for (const auto& kind : kinds) up_to_.push_back(sum += kind.weight);
}

std::size_t mix::next() {
  if (up_to_.size() == 1) return 0;
  const double drawn = uniform(random_) * up_to_.back();
  // Rounding may give the end itself, which belongs to the last one.
  const auto found = std::upper_bound(up_to_.begin(), up_to_.end() - 1, drawn);
  return static_cast<std::size_t>(found - up_to_.begin());
}

}  // namespace tailrace::load
