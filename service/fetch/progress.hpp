// Which step of the way to an origin's answer a fetch is at, and how long each one took. There is
// always one until pause(), so that nothing of the time is left out. Written on the fetch's I/O
// thread; spent() is for any thread, since others wait for the same answer (flight.hpp).
#pragma once
#include "core/stage.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tailrace::fetch {

class progress {
 public:
  progress() = default;
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  // Begins a step (`queue` to `wait`) and ends the one before.
  void enter(stage s, time_point now) noexcept {
    close(now);
    current_.store(word_of(s, now), std::memory_order_release);
  }

  // Ends the step.
  void pause(time_point now) noexcept {
    close(now);
    current_.store(none, std::memory_order_release);
  }

  // Steps that somebody else went through for this fetch; between enter() and pause() of none.
  void add(const stage_times& more) noexcept {
    for (std::size_t i = 0; i < steps; ++i) add(i, more.of(static_cast<stage>(i)));
  }

  // The step it is at as far as that has come.
  stage_times spent(time_point now) const noexcept {
    for (;;) {
      const std::uint64_t before = current_.load(std::memory_order_acquire);
      if (before == changing) continue;
      stage_times out;
      for (std::size_t i = 0; i < steps; ++i)
        out.add(static_cast<stage>(i), duration(spent_[i].load(std::memory_order_acquire)));
      // A sum that is newer than `before` was written behind `changing`, which is then seen.
      if (current_.load(std::memory_order_relaxed) != before) continue;
      if (before != none)
        out.add(static_cast<stage>(step_of(before)), now.time_since_epoch() - since_of(before));
      return out;
    }
  }

 private:
  // The step in the low bits, above it when it began: nanoseconds for 73 years of uptime.
  static constexpr std::size_t steps = static_cast<std::size_t>(stage::wait) + 1;
  static constexpr unsigned step_bits = 3;
  static constexpr std::uint64_t none = steps;
  static constexpr std::uint64_t changing = steps + 1;

  static std::uint64_t word_of(stage s, time_point at) noexcept {
    return static_cast<std::uint64_t>(at.time_since_epoch().count()) << step_bits |
           static_cast<std::uint64_t>(s);
  }
  static std::size_t step_of(std::uint64_t word) noexcept { return word & ((1U << step_bits) - 1); }
  static duration since_of(std::uint64_t word) noexcept {
    return duration(static_cast<duration::rep>(word >> step_bits));
  }

  // Adds up the step that goes on. Until it is followed by another or by none, readers wait.
  void close(time_point now) noexcept {
    const std::uint64_t was = current_.load(std::memory_order_relaxed);
    if (was == none) return;
    current_.store(changing, std::memory_order_relaxed);
    add(step_of(was), now.time_since_epoch() - since_of(was));
  }

  void add(std::size_t step, duration d) noexcept {
    spent_[step].store(spent_[step].load(std::memory_order_relaxed) + d.count(),
                       std::memory_order_release);
  }

  std::array<std::atomic<duration::rep>, steps> spent_{};
  std::atomic<std::uint64_t> current_{none};
};

// Ends the step where the block ends that the fetch is made in.
class progress_end {
 public:
  progress_end(progress& of, const clock& time) noexcept : of_(of), time_(time) {}
  progress_end(const progress_end&) = delete;
  progress_end& operator=(const progress_end&) = delete;
  ~progress_end() { of_.pause(time_.now()); }

 private:
  progress& of_;
  const clock& time_;
};

}  // namespace tailrace::fetch
