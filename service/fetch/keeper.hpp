// Keeps idle connections of one I/O thread and closes them in time.
#pragma once
#include "core/settings.hpp"
#include "fetch/connection.hpp"
#include "fetch/pool.hpp"
#include "fetch/url.hpp"
#include "io/thread.hpp"

#include <memory>
#include <string>

namespace tailrace::fetch {

class keeper final : io::deadline_wheel::entry {
 public:
  keeper(const settings& s, io::thread& on)
      : entry(on.wheel),
        time_(on.time),
        pool_(s.origin_idle_connections_max, std::chrono::milliseconds(s.origin_idle_timeout_ms)) {}

  // One that can be used at once, or null. What the origin closed meanwhile, or sent something
  // on, is thrown away.
  std::unique_ptr<connection> take(const std::string& key) {
    while (auto c = pool_.take(key, time_.now())) {
      if (!c->quiet()) continue;
      c->set_idle(false);
      return c;
    }
    return nullptr;
  }

  void give_back(std::string key, std::unique_ptr<connection> c) {
    c->arm(deadline{});
    c->serve(nullptr);
    c->set_idle(true);
    pool_.put(std::move(key), std::move(c), time_.now());
    arm(pool_.next_eviction());
  }

  void clear() noexcept { pool_.clear(); }

  // Connections with the same key may serve each other's requests.
  static std::string key_of(const url& u) {
    std::string key(name_of(u.scheme));
    return key.append("://").append(u.host).append(" ").append(std::to_string(u.port));
  }

 private:
  void late() noexcept override {
    pool_.evict(time_.now());
    arm(pool_.next_eviction());
  }

  const clock& time_;
  idle_pool<connection> pool_;
};

}  // namespace tailrace::fetch
