// The block functions of sha256_compress.hpp that this machine can run.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tailrace::hash {

struct sha256_kernel {
  static constexpr std::size_t lanes_max = 16;

  std::string_view name;
  std::size_t lanes;  // messages that it advances at once
  void (*compress)(std::uint32_t* const* states, const std::byte* const* messages,
                   std::size_t blocks) noexcept;
};

// Asks the CPU and the operating system; those with more lanes first. Empty on other architectures.
std::span<const sha256_kernel> usable_sha256_kernels() noexcept;

}  // namespace tailrace::hash
