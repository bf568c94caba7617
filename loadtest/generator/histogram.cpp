#include "loadtest/generator/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace tailrace::load {
namespace {

constexpr unsigned sub_bits = 7;
constexpr std::uint64_t per_octave = 1U << sub_bits;
constexpr std::uint64_t exact_below = 2 * per_octave;

// `shift` is how many low bits the bucket ignores: 0 in the exact part.
constexpr std::size_t index_of(std::uint64_t value) noexcept {
  if (value < exact_below) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - (sub_bits + 1);
  return exact_below + (shift - 1) * per_octave + ((value >> shift) - per_octave);
}

constexpr std::uint64_t last_value_in(std::size_t index) noexcept {
  if (index < exact_below) return index;
  const std::uint64_t shift = (index - exact_below) / per_octave + 1;
  const std::uint64_t step = (index - exact_below) % per_octave + per_octave;
  return ((step + 1) << shift) - 1;
}

constexpr auto highest_value = static_cast<std::uint64_t>(histogram::highest.count());
constexpr std::size_t bucket_count = index_of(highest_value) + 1;
static_assert(last_value_in(bucket_count - 1) == highest_value);

}  // namespace

void histogram::add(nanoseconds value) {
  if (buckets_.empty()) buckets_.resize(bucket_count);
  const auto v = static_cast<std::uint64_t>(std::max<std::int64_t>(value.count(), 0));
  ++buckets_[index_of(std::min(v, highest_value))];
  ++count_;
  max_ = std::max(max_, v);
  sum_low_ += v;
  sum_high_ += sum_low_ < v ? 1 : 0;
}

void histogram::merge(const histogram& other) {
  if (other.count_ == 0) return;
  if (buckets_.empty()) buckets_.resize(bucket_count);
  for (std::size_t i = 0; i < bucket_count; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
  sum_low_ += other.sum_low_;
  sum_high_ += other.sum_high_ + (sum_low_ < other.sum_low_ ? 1 : 0);
}

histogram::nanoseconds histogram::mean() const noexcept {
  if (count_ == 0) return nanoseconds(0);
  const long double sum =
      std::ldexp(static_cast<long double>(sum_high_), 64) + static_cast<long double>(sum_low_);
  return nanoseconds(std::llround(sum / static_cast<long double>(count_)));
}

histogram::nanoseconds histogram::at(double quantile) const noexcept {
  if (count_ == 0) return nanoseconds(0);
  // The product is nudged down so that 0.99 of 100 is rank 99 and not, by rounding, 100.
  const auto wanted = std::ceil(quantile * static_cast<double>(count_) * (1 - 1e-12));
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
  std::uint64_t seen = 0;
  std::size_t index = 0;
  while ((seen += buckets_[index]) < rank) ++index;
  // The last bucket has no upper end: what lies beyond `highest` is reported as the maximum.
  const std::uint64_t end = index + 1 == bucket_count ? max_ : last_value_in(index);
  return nanoseconds(std::min(end, max_));
}

}  // namespace tailrace::load
