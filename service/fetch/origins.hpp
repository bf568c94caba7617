// What one I/O thread knows of each origin, so that a slow or dead one costs the others nothing.
// Each thread knows for itself: connections belong to their thread, and asking another one would
// cost two hops a request; so limits over all threads are shared out evenly, rounded up, and a
// breaker opens on each thread by what was seen there. Pure but for the figures in stats.
#pragma once
#include "core/settings.hpp"
#include "fetch/breaker.hpp"
#include "fetch/latency.hpp"
#include "fetch/origin_board.hpp"
#include "fetch/retry_budget.hpp"
#include "fetch/stats.hpp"
#include "fetch/turns.hpp"

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace tailrace::fetch {

struct origin_limits {
  explicit origin_limits(const settings& s) noexcept;

  std::size_t at_once;      // requests, each of which uses one connection
  std::size_t waiting_max;  // requests, for their turn
  breaker::limits health;
  double retry_ratio;
};

struct origin_state {
  origin_state(std::string_view k, const origin_limits& l)
      : key(k), line(l.at_once, l.waiting_max), health(l.health), retries(l.retry_ratio) {}

  const std::string key;
  turns line;
  breaker health;
  retry_budget retries;
  latency usual;
  errc last_failure = errc::origin_unreachable;  // what opened the breaker
  std::size_t visits = 0;
  bool proven = false;  // it was reached, or failed often: it is there, or wanted, and gets a name
  origin_board::place place;
  origin_board::cells* shown = nullptr;  // by name, while it is visited
  std::list<origin_state>::iterator self;
};

class origins {
 public:
  // Clients can name millions of hosts: of those that nobody visits only the latest are kept.
  static constexpr std::size_t kept_max = 4096;

  // `board`, unless null, shows the figures of some of them; we are its thread of that number.
  origins(const origin_limits& l, stats& counts, origin_board* board = nullptr,
          std::size_t thread = 0) noexcept
      : limits_(l), counts_(counts), board_(board), thread_(thread) {}
  origins(const origins&) = delete;
  origins& operator=(const origins&) = delete;

  // Stays until as many departures.
  origin_state& arrive(std::string_view key);
  void depart(origin_state& from) noexcept;

  // Tells the breaker of `at`. `why` counts with failures only.
  void record(origin_state& at, breaker::pass asked, breaker::verdict v, errc why,
              time_point now) noexcept;

  // A turn at an origin begins (+1) or ends (-1); the same for waiting.
  void turn(const origin_state& at, int change) noexcept;
  void waiting(const origin_state& at, int change) noexcept;

  std::size_t size() const noexcept { return by_key_.size(); }

 private:
  void show(origin_state& o) noexcept;
  void forget(origin_state& o) noexcept;

  origin_limits limits_;
  stats& counts_;
  origin_board* const board_;
  const std::size_t thread_;
  std::list<origin_state> visited_;
  std::list<origin_state> left_;  // longest ago first
  std::unordered_map<std::string_view, origin_state*> by_key_;
};

}  // namespace tailrace::fetch
