#include "fetch/latency.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace tailrace::fetch {
namespace {

constexpr double first_us = 100;
constexpr double per_octave = 4;

}  // namespace

duration latency::limit_of(std::size_t bucket) noexcept {
  const double us = first_us * std::exp2(static_cast<double>(bucket) / per_octave);
  return std::chrono::microseconds(static_cast<std::int64_t>(std::ceil(us)));
}

void latency::record(duration took) noexcept {
  const double us = std::chrono::duration<double, std::micro>(took).count();
  const double place = std::ceil(per_octave * std::log2(std::max(us, first_us) / first_us));
  ++counts_[std::min(static_cast<std::size_t>(place), buckets - 1)];
  if (++answers_ < answers_max) return;
  answers_ = 0;
  for (std::uint16_t& c : counts_) answers_ += c /= 2;
}

std::optional<duration> latency::p95() const noexcept {
  if (answers_ < answers_min) return std::nullopt;
  unsigned slower = answers_ / 20;
  for (std::size_t i = buckets; i-- > 0;) {
    if (counts_[i] > slower) return limit_of(i);
    slower -= counts_[i];
  }
  return limit_of(0);
}

}  // namespace tailrace::fetch
