// One request's stay at an origin: its turn, what the origin's breaker lets through and hears of
// it, and whether it may be sent again. Ends with the visit, at the latest when that is destroyed.
// On its I/O thread; not moved while turn() is awaited.
#pragma once
#include "core/deadline.hpp"
#include "core/error.hpp"
#include "fetch/origins.hpp"
#include "io/cancellation.hpp"
#include "io/thread.hpp"
#include "io/types.hpp"

#include <string_view>
#include <utility>

namespace tailrace::fetch {

class origin_visit {
 public:
  origin_visit() = default;  // nowhere
  origin_visit(origins& all, std::string_view key) : all_(&all), at_(&all.arrive(key)) {}
  origin_visit(origin_visit&& other) noexcept { swap(other); }
  origin_visit& operator=(origin_visit&& other) noexcept {
    origin_visit(std::move(other)).swap(*this);
    return *this;
  }
  ~origin_visit() { end(); }

  // A turn, if one is free at once.
  bool enter() noexcept {
    if (at_->line.enter()) begin_turn();
    return turn_;
  }

  // Otherwise: waits for one. origin_busy when too many wait already, origin_timeout,
  // client_gone when called off. When the breaker opens meanwhile the turns pass quickly, each to
  // be refused by ask().
  io::awaitable<result<void>> turn(io::thread& on, deadline until, io::cancellation* called_off);

  // Whether the breaker is open: the origin is not to be asked.
  bool suspended(time_point now) const noexcept { return at_->health.refuses(now); }
  error suspension(time_point now) const;

  // Before and after the origin is asked; false when it must not be. What is never reported says
  // nothing of the origin.
  bool ask(time_point now) noexcept;
  void report(breaker::verdict v, errc why, time_point now) noexcept;

  retry_budget& retries() noexcept { return at_->retries; }

  // How long the origin takes to answer; only known where hedging asks.
  latency& usual() noexcept { return at_->usual; }

  // Gives the turn to whoever is next.
  void end() noexcept;

 private:
  class waiting;

  void begin_turn() noexcept {
    turn_ = true;
    all_->turn(*at_, 1);
  }
  void swap(origin_visit& other) noexcept {
    std::swap(all_, other.all_);
    std::swap(at_, other.at_);
    std::swap(turn_, other.turn_);
    std::swap(asked_, other.asked_);
  }

  origins* all_ = nullptr;
  origin_state* at_ = nullptr;
  bool turn_ = false;
  breaker::pass asked_ = breaker::pass::refused;  // unless it is to be reported
};

}  // namespace tailrace::fetch
