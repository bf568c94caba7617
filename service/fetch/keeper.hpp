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
        age_max_(std::chrono::milliseconds(s.origin_connection_age_max_ms)),
        pool_(s.origin_idle_connections_max, std::chrono::milliseconds(s.origin_idle_timeout_ms)) {}

  // One that can be used at once, or null. What is too old, what the origin closed meanwhile,
  // or sent something on, is thrown away.
  std::unique_ptr<connection> take(const std::string& key) {
    while (auto c = pool_.take(key, time_.now())) {
      if (is_old(*c) || !c->quiet()) continue;
      c->set_idle(false);
      return c;
    }
    return nullptr;
  }

  void give_back(std::string key, std::unique_ptr<connection> c) {
    if (is_old(*c)) return;
    c->arm(deadline{});
    c->serve(nullptr);
    c->set_idle(true);
    pool_.put(std::move(key), std::move(c), time_.now());
    arm(pool_.next_eviction());
  }

  void clear() noexcept { pool_.clear(); }

  // Connections with the same key may serve each other's requests: the host is also the name that
  // TLS verified. Whether the address is allowed is judged again at each reuse, by the caller.
  static std::string key_of(const url& u) {
    std::string key(name_of(u.scheme));
    return key.append("://").append(u.host).append(" ").append(std::to_string(u.port));
  }

 private:
  bool is_old(const connection& c) const noexcept {
    return age_max_ > duration::zero() && time_.now() - c.since() >= age_max_;
  }
  void late() noexcept override {
    pool_.evict(time_.now());
    arm(pool_.next_eviction());
  }

  const clock& time_;
  const duration age_max_;  // zero = no limit
  idle_pool<connection> pool_;
};

}  // namespace tailrace::fetch
