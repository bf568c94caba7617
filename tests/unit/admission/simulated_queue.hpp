// A queue of two threads as the tests of the door to it have it, and what they look at.
#pragma once
#include <iostream>

#include "tests/support/queue_simulation.hpp"

namespace tailrace::test {

using namespace std::chrono_literals;

inline constexpr duration standing = 60ms;
inline constexpr duration burst = 240ms;
inline constexpr duration usual = 15ms;
inline constexpr std::size_t threads = 2;
inline constexpr double capacity = 2 / 0.015;  // jobs per second

inline bool was_served(const job_record& r) {
  return r.admitted && !r.late;
}

struct summary {
  std::size_t offered = 0;
  std::size_t served = 0;
  std::size_t refused = 0;
  duration wait_p99{};
};

// Of those who came in a span of time, and where `client` is given, from it.
inline summary summed(const std::vector<job_record>& all, duration from, duration to,
                      int client = -1) {
  summary s;
  std::vector<duration> waits;
  for (const job_record& r : all) {
    if (r.of.at < from || r.of.at >= to) continue;
    if (client >= 0 && r.of.client != static_cast<unsigned>(client)) continue;
    ++s.offered;
    if (!was_served(r)) {
      ++s.refused;
      continue;
    }
    ++s.served;
    waits.push_back(r.waited);
  }
  std::sort(waits.begin(), waits.end());
  if (!waits.empty()) s.wait_p99 = waits[waits.size() * 99 / 100];
  return s;
}

// What becomes of them before so many threads.
inline std::vector<job_record> simulated(const std::vector<arrival>& arrivals,
                                         std::size_t n = threads) {
  return queue_simulation(n, standing, burst).run(arrivals);
}

inline bool told_of_its_share(const job_record& r) {
  return !r.admitted && r.refused == errc::share_exceeded;
}

inline std::mt19937_64 seeded() {
  const std::uint64_t seed = std::random_device()();
  std::cout << "compute queue seed " << seed << "\n";
  return std::mt19937_64(seed);
}

}  // namespace tailrace::test
