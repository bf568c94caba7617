// Which block function to use for how many messages: the crossovers between OpenSSL, one message at
// a time, and the kernels with more and more lanes. They depend on the machine (with one core of
// Zen 5 two messages are enough for SHA-NI side by side, eleven for AVX-512; without SHA-NI two or
// three are enough for AVX-512), so they are measured where the process runs.
#pragma once
#include "compute/hash/sha256_kernel.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tailrace::hash {

class sha256_plan {
 public:
  // What one block in every lane of a kernel costs, in any unit; without a kernel, one block of
  // one message by OpenSSL.
  struct cost {
    const sha256_kernel* kernel;
    std::uint64_t of_pass;
  };

  // OpenSSL only.
  sha256_plan() = default;

  // The cheapest way for each number of messages; `single` is OpenSSL's cost.
  sha256_plan(std::span<const cost> kernels, std::uint64_t single);

  // `kernel` whenever at least `messages_min` are there, otherwise OpenSSL: for tests.
  sha256_plan(const sha256_kernel& kernel, std::size_t messages_min);

  // What to take for the next blocks of some out of `messages` messages; null is OpenSSL for one of
  // them. A kernel may have more lanes than there are messages.
  const sha256_kernel* choose(std::size_t messages) const noexcept {
    return choice_[messages < lanes_ ? messages : lanes_];
  }

  // No kernel that is chosen has more; 1 when none is.
  std::size_t lanes() const noexcept { return lanes_; }

  // For the log: "openssl from 1, sha-ni-x2 from 2, sha-ni-x4 from 3, avx512-x16 from 11".
  std::string text() const;

 private:
  std::array<const sha256_kernel*, sha256_kernel::lanes_max + 1> choice_{};
  std::size_t lanes_ = 1;
};

// Times each of the usable kernels on this thread, for less than 2 ms in all, and takes the fastest
// of several rounds, so that a preempted one does not count.
sha256_plan measure_sha256_plan();

}  // namespace tailrace::hash
