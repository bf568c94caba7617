#include "admission/client_address.hpp"

#include "core/random.hpp"

#include <algorithm>
#include <cstring>

namespace tailrace::admission {
namespace {

bool is_mapped_v4(const client_address& a) noexcept {
  constexpr std::array<unsigned char, 12> prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(prefix.begin(), prefix.end(), a.begin());
}

}  // namespace

client_address network_of(client_address a) noexcept {
  if (!is_mapped_v4(a)) std::fill(a.begin() + 8, a.end(), 0);
  return a;
}

client_hash::client_hash() : seed_(random_seed()) {}

std::size_t client_hash::operator()(const client_address& a) const noexcept {
  std::array<std::uint64_t, 2> halves;
  std::memcpy(halves.data(), a.data(), a.size());
  return mixed(mixed(halves[0] ^ seed_) ^ halves[1]);
}

}  // namespace tailrace::admission
