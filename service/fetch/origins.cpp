#include "fetch/origins.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <iterator>
#include <limits>
#include <utility>

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
    if (known.proven) show(known);
    return known;
  }
  if (by_key_.size() >= kept_max && !left_.empty()) forget(left_.front());
  origin_state& fresh = visited_.emplace_back(key, limits_);
  fresh.self = std::prev(visited_.end());
  by_key_.emplace(fresh.key, &fresh);
  ++fresh.visits;
  return fresh;
}

// By name from now on, if it can have one.
void origins::show(origin_state& o) noexcept {
  if (board_ == nullptr || o.shown != nullptr) return;
  o.shown = board_->enter(o.place, o.key, thread_);
  if (o.shown == nullptr) return;
  o.shown->connections.add(static_cast<std::int64_t>(o.line.served()));
  o.shown->waiting.add(static_cast<std::int64_t>(o.line.waiting()));
  board_->suspend(o.place, thread_, o.health.current() != breaker::state::closed);
}

void origins::turn(const origin_state& at, int change) noexcept {
  counts_.turns.add(change);
  if (at.shown != nullptr) at.shown->connections.add(change);
}

void origins::waiting(const origin_state& at, int change) noexcept {
  counts_.waiting.add(change);
  if (at.shown != nullptr) at.shown->waiting.add(change);
}

void origins::depart(origin_state& from) noexcept {
  assert(from.visits > 0);
  if (--from.visits > 0) return;
  if (std::exchange(from.shown, nullptr) != nullptr) board_->leave(from.place);
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
  if (!at.proven && (v == breaker::verdict::reached || after != state::closed)) {
    at.proven = true;
    show(at);
  }
  const bool was_open = before != state::closed, is_open = after != state::closed;
  if (was_open == is_open) return;
  counts_.breakers_open.add(is_open ? 1 : -1);
  if (board_ != nullptr) board_->suspend(at.place, thread_, is_open);
}

void origins::forget(origin_state& o) noexcept {
  if (o.health.current() != breaker::state::closed) counts_.breakers_open.add(-1);
  if (board_ != nullptr) board_->suspend(o.place, thread_, false);
  by_key_.erase(o.key);
  left_.erase(o.self);
}

}  // namespace tailrace::fetch
