// Random numbers that are the same on every machine: one stream for each purpose and worker, so
// that what one draws does not change what another one gets.
#pragma once
#include <cmath>
#include <cstdint>
#include <random>

namespace tailrace::load {

enum class stream : std::uint32_t { arrivals, mix };

inline std::mt19937_64 random_stream(std::uint64_t seed, std::uint64_t worker, stream purpose) {
  std::seed_seq mixed{seed & 0xffffffffU, seed >> 32U, worker, static_cast<std::uint64_t>(purpose)};
  return std::mt19937_64(mixed);
}

// 53 random bits in [0, 1).
inline double uniform(std::mt19937_64& random) {
  return std::ldexp(static_cast<double>(random() >> 11U), -53);
}

}  // namespace tailrace::load
