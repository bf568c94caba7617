#include "compute/hash/sha256_kernel.hpp"

#if defined(__x86_64__)
#include "compute/hash/sha256_compress.hpp"

#include <boost/container/static_vector.hpp>

#include <cpuid.h>
#endif

namespace tailrace::hash {

#if defined(__x86_64__)
namespace {

// Compilers do not agree on whether __builtin_cpu_supports knows this one.
bool has_sha_ni() noexcept {
  constexpr unsigned sha_bit = 1U << 29U;  // CPUID, leaf 7, EBX
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & sha_bit) != 0 &&
         __builtin_cpu_supports("sse4.1");
}

using kernels = boost::container::static_vector<sha256_kernel, 4>;

kernels find_usable() noexcept {
  kernels all;
  // These two ask for the operating system's support of the registers, too.
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw"))
    all.push_back({"avx512-x16", 16, sha256_compress_avx512_x16});
  if (__builtin_cpu_supports("avx2")) all.push_back({"avx2-x8", 8, sha256_compress_avx2_x8});
  if (has_sha_ni()) {
    all.push_back({"sha-ni-x4", 4, sha256_compress_sha_ni_x4});
    all.push_back({"sha-ni-x2", 2, sha256_compress_sha_ni_x2});
  }
  return all;
}

}  // namespace

std::span<const sha256_kernel> usable_sha256_kernels() noexcept {
  static const kernels all = find_usable();
  return {all.data(), all.size()};
}
#else
std::span<const sha256_kernel> usable_sha256_kernels() noexcept {
  return {};
}
#endif

}  // namespace tailrace::hash
