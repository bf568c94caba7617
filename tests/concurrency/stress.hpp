// What stress tests share.
#pragma once
#include <atomic>
#include <cstddef>
#include <random>

namespace tailrace::test {

// How much of a test is run: sanitizers make every step many times slower.
constexpr std::size_t scaled(std::size_t iterations) noexcept {
#ifdef TAILRACE_SANITIZED
  return iterations / 4 + 1;
#else
  return iterations;
#endif
}

// A pause of no particular length up to about `most` cycles, so that the other threads get to
// every place once.
inline void dawdle(std::mt19937& random, unsigned most) {
  for (unsigned i = random() % most; i > 0; --i)
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

}  // namespace tailrace::test
