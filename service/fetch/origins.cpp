#include "fetch/origins.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <iterator>
#include <limits>

namespace tailrace::fetch {
namespace {

std::size_t share(std::size_t of, unsigned threads) noexcept {
  return (of + threads - 1) / threads;
}

}  // namespace

origin_limits::origin_limits(const settings& s) noexcept : retry_ratio(s.origin_retry_ratio_max) {
  const unsigned threads = std::max(s.io_threads, 1U);
  at_once = s.origin_connections_max == 0 ? std::numeric_limits<std::size_t>::max()
                                          : share(s.origin_connections_max, threads);
  waiting_max = share(s.origin_waiting_max, threads);
  health.failures = s.origin_breaker_failures;
  health.open = std::chrono::milliseconds(s.origin_breaker_open_ms);
  health.open_max = std::chrono::milliseconds(s.origin_breaker_open_max_ms);
}

origin_state& origins::arrive(std::string_view key) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    origin_state& known = *found->second;
    if (known.visits++ == 0) visited_.splice(visited_.end(), left_, known.self);
    return known;
  }
  if (by_key_.size() >= kept_max && !left_.empty()) forget(left_.front());
  origin_state& fresh = visited_.emplace_back(key, limits_);
  fresh.self = std::prev(visited_.end());
  by_key_.emplace(fresh.key, &fresh);
  ++fresh.visits;
  return fresh;
}

void origins::depart(origin_state& from) noexcept {
  assert(from.visits > 0);
  if (--from.visits > 0) return;
  left_.splice(left_.end(), visited_, from.self);
  // More than are kept were visited at once.
  if (by_key_.size() > kept_max) forget(left_.front());
}

void origins::record(origin_state& at, breaker::pass asked, breaker::verdict v, errc why,
                     time_point now) noexcept {
  using state = breaker::state;
  const state before = at.health.current();
  at.health.record(asked, v, now);
  const state after = at.health.current();
  if (v == breaker::verdict::failed) at.last_failure = why;
  if (before == state::closed && after != state::closed) counts_.breakers_open.add(1);
  if (before != state::closed && after == state::closed) counts_.breakers_open.add(-1);
}

void origins::forget(origin_state& o) noexcept {
  if (o.health.current() != breaker::state::closed) counts_.breakers_open.add(-1);
  by_key_.erase(o.key);
  left_.erase(o.self);
}

}  // namespace tailrace::fetch
