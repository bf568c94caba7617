// Circuit breaker of one origin: after some failures in a row it is not asked for a while, then
// tried with one request. Nygard, "Release It!" (2007), chapter 5. Pure.
//
//   closed ──failures in a row──> open ──its time has passed──> half open: one trial
//      ^                            ^──────────trial failed, twice as long──┘ │
//      └──────────────────────────────any answer──────────────────────────────┘
//
// Failures in a row rather than their share: an origin that answers anything is not dead, and what
// somebody else asks it for must not shut it off for all.
#pragma once
#include "core/deadline.hpp"

#include <algorithm>
#include <cstdint>

namespace tailrace::fetch {

class breaker {
 public:
  struct limits {
    unsigned failures = 0;  // in a row; 0 = never opens
    duration open{};        // the first time; doubled up to:
    duration open_max{};
  };
  enum class state : std::uint8_t { closed, open, half_open };
  enum class pass : std::uint8_t { refused, regular, trial };
  // How asking the origin ended. `unknown` says nothing about it: called off, or out of time for
  // reasons of ours.
  enum class verdict : std::uint8_t { reached, failed, unknown };

  explicit breaker(const limits& l) noexcept : limits_(l) {}

  // Whether ask() would refuse; changes nothing.
  bool refuses(time_point now) const noexcept {
    return state_ == state::half_open || (state_ == state::open && !until_.passed(now));
  }

  // May the origin be asked? Unless refused, record() follows exactly once.
  pass ask(time_point now) noexcept {
    if (refuses(now)) return pass::refused;
    if (state_ == state::closed) return pass::regular;
    state_ = state::half_open;
    return pass::trial;
  }

  void record(pass asked, verdict v, time_point now) noexcept {
    if (limits_.failures == 0) return;
    if (v == verdict::reached) {
      // Also when it was asked before the breaker opened: an answer is an answer.
      state_ = state::closed;
      failures_ = 0;
    } else if (asked == pass::trial) {
      // One that says nothing leaves the time passed: the next request is the trial. Unless an
      // earlier one has been answered meanwhile.
      if (state_ != state::half_open) return;
      if (v == verdict::failed) open(now, std::min(open_for_ * 2, limits_.open_max));
      state_ = state::open;
    } else if (v == verdict::failed && state_ == state::closed && ++failures_ >= limits_.failures) {
      open(now, limits_.open);
    }
  }

  state current() const noexcept { return state_; }

  // When an open one lets a trial through.
  deadline open_until() const noexcept { return until_; }

 private:
  void open(time_point now, duration how_long) noexcept {
    state_ = state::open;
    open_for_ = how_long;
    until_ = deadline::after(now, how_long);
  }

  limits limits_;
  state state_ = state::closed;
  unsigned failures_ = 0;  // in a row, while closed
  duration open_for_{};
  deadline until_;
};

}  // namespace tailrace::fetch
