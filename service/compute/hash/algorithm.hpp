// The digests we know, by name.
#pragma once
#include "core/error.hpp"

#include <boost/container/static_vector.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::hash {

enum class algorithm : std::uint8_t { sha256, sha1, sha384, sha512, md5, blake2b512, xxh128 };

inline constexpr std::array<std::string_view, 7> algorithm_names{
    "sha256", "sha1", "sha384", "sha512", "md5", "blake2b512", "xxh128"};

constexpr std::string_view name_of(algorithm a) noexcept {
  return algorithm_names[static_cast<std::size_t>(a)];
}

// Bytes of a digest.
constexpr std::size_t size_of(algorithm a) noexcept {
  constexpr std::array<std::size_t, 7> sizes{32, 20, 48, 64, 16, 64, 16};
  return sizes[static_cast<std::size_t>(a)];
}

// Each at most once, so that a list needs no memory of its own.
using algorithm_list = boost::container::static_vector<algorithm, algorithm_names.size()>;

// "sha256" or "sha256,md5": at least one, none twice; errc::bad_parameter naming what is wrong.
result<algorithm_list> parse_algorithms(std::string_view list);

// The expected digest of verify=ALG:HEX, lower case.
struct expectation {
  algorithm which = algorithm::sha256;
  std::string hex;
};
result<expectation> parse_expectation(std::string_view text);

}  // namespace tailrace::hash
