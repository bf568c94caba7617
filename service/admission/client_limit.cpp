#include "admission/client_limit.hpp"

namespace tailrace::admission {

client_limit::client_limit(unsigned most) : most_(most) {
  for (auto& s : shards_) s.emplace(hash_);
}

std::optional<client_limit::permit> client_limit::try_take(client_address client) {
  if (!limits()) return permit();
  client = network_of(client);
  shard& s = shard_of(client);
  const std::lock_guard guard(s.lock);
  unsigned& held = s.held[client];
  if (held >= most_) return std::nullopt;
  ++held;
  return permit(*this, client);
}

void client_limit::give_back(const client_address& client) noexcept {
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

client_limit::shard& client_limit::shard_of(const client_address& a) noexcept {
  return *shards_[hash_(a) >> 60];
}

}  // namespace tailrace::admission
