// How much one client may have at once, by its address: connections, or requests where a proxy
// stands before it. IPv6 clients count by /64, since that is what one of them is given. Any
// thread; a short lock, taken only where a limit is set.
#pragma once
#include "admission/client_address.hpp"

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace tailrace::admission {

class client_limit {
 public:
  class permit {
   public:
    permit() noexcept = default;
    permit(permit&& other) noexcept
        : from_(std::exchange(other.from_, nullptr)), client_(other.client_) {}
    permit& operator=(permit&& other) noexcept {
      if (this == &other) return *this;
      release();
      from_ = std::exchange(other.from_, nullptr);
      client_ = other.client_;
      return *this;
    }
    ~permit() { release(); }

    void release() noexcept {
      if (from_ != nullptr) std::exchange(from_, nullptr)->give_back(client_);
    }

   private:
    friend client_limit;
    permit(client_limit& from, const client_address& client) noexcept
        : from_(&from), client_(client) {}

    client_limit* from_ = nullptr;
    client_address client_{};
  };

  // `most` 0 is no limit.
  explicit client_limit(unsigned most);
  client_limit(const client_limit&) = delete;
  client_limit& operator=(const client_limit&) = delete;

  bool limits() const noexcept { return most_ > 0; }

  // None when the client has as much as it may.
  std::optional<permit> try_take(client_address client);

  // Clients that hold something.
  std::size_t clients() const;

 private:
  struct shard {
    explicit shard(client_hash h) : held(8, h) {}
    mutable std::mutex lock;
    std::unordered_map<client_address, unsigned, client_hash> held;
  };
  static constexpr std::size_t shard_count = 16;

  shard& shard_of(const client_address& a) noexcept;
  void give_back(const client_address& client) noexcept;

  const unsigned most_;
  const client_hash hash_;
  std::array<std::optional<shard>, shard_count> shards_;
};

}  // namespace tailrace::admission
