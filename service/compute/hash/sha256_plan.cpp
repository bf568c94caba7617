#include "compute/hash/sha256_plan.hpp"

#include "compute/hash/sha256.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace tailrace::hash {
namespace {

constexpr std::size_t measured_blocks = 32;
constexpr int measured_rounds = 15;

// Messages of zeros, one for each lane; SHA-256 takes the same time for all data.
struct sample {
  std::vector<std::byte> message{measured_blocks * sha256::block_bytes};
  std::array<std::array<std::uint32_t, 8>, sha256_kernel::lanes_max> state{};
  std::array<std::uint32_t*, sha256_kernel::lanes_max> states{};
  std::array<const std::byte*, sha256_kernel::lanes_max> messages{};
  sha256 single;

  sample() {
    for (std::size_t i = 0; i < states.size(); ++i) states[i] = state[i].data();
    messages.fill(message.data());
  }
};

std::uint64_t nanoseconds_of(const sha256_kernel* kernel, sample& s) {
  const auto began = std::chrono::steady_clock::now();
  if (kernel == nullptr)
    s.single.update(s.message);
  else
    kernel->compress(s.states.data(), s.messages.data(), measured_blocks);
  const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - began;
  return static_cast<std::uint64_t>(took.count());
}

}  // namespace

// best[n] is the least cost of one block for each of n messages: each by OpenSSL, or a pass of one
// kernel for as many as it has lanes, and the best for the rest. Where several passes are needed
// their order does not matter, so the kernel with the most lanes, which comes first in `kernels`,
// is taken first. The costs are whole numbers, or ties would be decided by rounding.
sha256_plan::sha256_plan(std::span<const cost> kernels, std::uint64_t single) {
  std::array<std::uint64_t, sha256_kernel::lanes_max + 1> best{};
  for (std::size_t n = 1; n < best.size(); ++n) {
    best[n] = n * single;
    for (const cost& c : kernels) {
      if (c.of_pass >= c.kernel->lanes * single) continue;
      const std::uint64_t total = c.of_pass + best[n - std::min(n, c.kernel->lanes)];
      if (total >= best[n]) continue;
      best[n] = total;
      choice_[n] = c.kernel;
    }
  }
  for (const sha256_kernel* chosen : choice_)
    if (chosen != nullptr) lanes_ = std::max(lanes_, chosen->lanes);
}

sha256_plan::sha256_plan(const sha256_kernel& kernel, std::size_t messages_min)
    : lanes_(kernel.lanes) {
  for (std::size_t n = messages_min; n < choice_.size(); ++n) choice_[n] = &kernel;
}

std::string sha256_plan::text() const {
  std::string all;
  const auto name = [this](std::size_t n) {
    return choice_[n] == nullptr ? std::string_view("openssl") : choice_[n]->name;
  };
  for (std::size_t n = 1; n <= lanes_; ++n) {
    if (n > 1 && choice_[n] == choice_[n - 1]) continue;
    if (n > 1) all += ", ";
    all.append(name(n)).append(" from ").append(std::to_string(n));
  }
  return all;
}

sha256_plan measure_sha256_plan() {
  const auto usable = usable_sha256_kernels();
  if (usable.empty()) return {};
  const auto s = std::make_unique<sample>();
  constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
  std::vector<sha256_plan::cost> costs;
  for (const sha256_kernel& k : usable) costs.push_back({&k, never});
  std::uint64_t single = never;
  for (int round = 0; round < measured_rounds; ++round) {
    single = std::min(single, nanoseconds_of(nullptr, *s));
    for (auto& c : costs) c.of_pass = std::min(c.of_pass, nanoseconds_of(c.kernel, *s));
  }
  return {costs, single};
}

}  // namespace tailrace::hash
