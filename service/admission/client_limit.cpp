#include "admission/client_limit.hpp"

#include "core/random.hpp"

#include <algorithm>
#include <cstring>

namespace tailrace::admission {
namespace {

bool is_mapped_v4(const client_limit::address& a) noexcept {
  constexpr std::array<unsigned char, 12> prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(prefix.begin(), prefix.end(), a.begin());
}

}  // namespace

std::size_t client_limit::hash::operator()(const address& a) const noexcept {
  std::array<std::uint64_t, 2> halves;
  std::memcpy(halves.data(), a.data(), a.size());
  return mixed(mixed(halves[0] ^ seed) ^ halves[1]);
}

client_limit::client_limit(unsigned most) : most_(most), hash_{random_seed()} {
  for (auto& s : shards_) s.emplace(hash_);
}

std::optional<client_limit::permit> client_limit::try_take(address client) {
  if (!limits()) return permit();
  if (!is_mapped_v4(client)) std::fill(client.begin() + 8, client.end(), 0);
  shard& s = shard_of(client);
  const std::lock_guard guard(s.lock);
  unsigned& held = s.held[client];
  if (held >= most_) return std::nullopt;
  ++held;
  return permit(*this, client);
}

void client_limit::give_back(const address& client) noexcept {
  shard& s = shard_of(client);
  const std::lock_guard guard(s.lock);
  const auto found = s.held.find(client);
  if (--found->second == 0) s.held.erase(found);
}

std::size_t client_limit::clients() const {
  std::size_t n = 0;
  for (const auto& s : shards_) {
    const std::lock_guard guard(s->lock);
    n += s->held.size();
  }
  return n;
}

client_limit::shard& client_limit::shard_of(const address& a) noexcept {
  return *shards_[hash_(a) >> 60];
}

}  // namespace tailrace::admission
