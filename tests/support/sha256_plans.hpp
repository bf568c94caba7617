// Every way that the lanes can go on this machine, whatever measuring would choose, and what they
// are compared with.
#pragma once
#include "compute/hash/sha256.hpp"
#include "compute/hash/sha256_plan.hpp"

#include <openssl/evp.h>

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tailrace::test {

inline std::vector<std::pair<std::string, hash::sha256_plan>> all_plans() {
  std::vector<std::pair<std::string, hash::sha256_plan>> plans{{"openssl", {}}};
  for (const auto& kernel : hash::usable_sha256_kernels())
    for (const std::size_t least : {std::size_t{1}, kernel.lanes})
      plans.emplace_back(std::string(kernel.name) + " from " + std::to_string(least),
                         hash::sha256_plan(kernel, least));
  plans.emplace_back("measured", hash::measure_sha256_plan());
  return plans;
}

// By EVP, which shares no code of ours.
inline hash::sha256::digest openssl_digest(std::string_view message) {
  hash::sha256::digest out;
  EVP_Digest(message.data(), message.size(), out.data(), nullptr, EVP_sha256(), nullptr);
  return out;
}

inline std::string random_bytes(std::mt19937_64& source, std::size_t count) {
  std::string bytes(count, '\0');
  for (char& c : bytes) c = static_cast<char>(source());
  return bytes;
}

}  // namespace tailrace::test
