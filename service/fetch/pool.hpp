// Idle connections, kept for the next request to the same origin. Pure state: knows neither
// sockets nor clocks. The newest is taken first, since it is the least likely to have been closed
// by the origin, and the oldest leaves when there are too many.
#pragma once
#include "core/deadline.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tailrace::fetch {

template <class Connection>
class idle_pool {
 public:
  idle_pool(std::size_t limit, duration age_max) noexcept : limit_(limit), age_max_(age_max) {}

  // Null when there is none of that key.
  std::unique_ptr<Connection> take(std::string_view key, time_point now) {
    evict(now);
    const auto found =
        std::find_if(idle_.rbegin(), idle_.rend(), [&](const entry& e) { return e.key == key; });
    if (found == idle_.rend()) return nullptr;
    auto connection = std::move(found->connection);
    idle_.erase(std::next(found).base());
    return connection;
  }

  void put(std::string key, std::unique_ptr<Connection> connection, time_point now) {
    if (limit_ == 0) return;
    if (idle_.size() == limit_) idle_.erase(idle_.begin());
    idle_.push_back({std::move(key), std::move(connection), deadline::after(now, age_max_)});
  }

  // Destroys what has been idle for the age limit.
  void evict(time_point now) {
    const auto young = std::find_if(idle_.begin(), idle_.end(),
                                    [&](const entry& e) { return !e.until.passed(now); });
    idle_.erase(idle_.begin(), young);
  }

  // When evict() has something to do next; never when empty.
  deadline next_eviction() const noexcept {
    return idle_.empty() ? deadline{} : idle_.front().until;
  }

  std::size_t size() const noexcept { return idle_.size(); }
  void clear() noexcept { idle_.clear(); }

 private:
  struct entry {
    std::string key;
    std::unique_ptr<Connection> connection;
    deadline until;
  };

  std::size_t limit_;
  duration age_max_;
  std::vector<entry> idle_;  // oldest first
};

}  // namespace tailrace::fetch
