// The flights that can be joined, of all I/O threads. Any thread; a lookup costs one lock that is
// hardly ever contended, where asking a thread that is responsible for the key would cost every
// request two hops.
#pragma once
#include "fetch/flight.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>

namespace tailrace::fetch {

class flight_table {
 public:
  // The flight with the key of `fresh`; that itself, listed from now on, when there was none.
  std::shared_ptr<flight> find_or_list(const std::shared_ptr<flight>& fresh);

  // If it is listed.
  void forget(const flight& f) noexcept;

  std::size_t size() const;

 private:
  struct shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string_view, std::shared_ptr<flight>> flights;  // keys are the flights'
  };
  shard& shard_of(std::string_view key) noexcept {
    return shards_[std::hash<std::string_view>{}(key) % shards_.size()];
  }

  std::array<shard, 64> shards_;
};

}  // namespace tailrace::fetch
