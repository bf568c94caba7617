// The books of one worker: every request that the schedule dealt out and every outcome, by phase
// and kind, by the second for which it was scheduled, and by the second in which it ended. Pure.
#pragma once
#include "loadtest/generator/plan.hpp"
#include "loadtest/generator/recorder.hpp"

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace tailrace::load {

// What was scheduled for one second, by kind; latencies are those of the successes.
struct scheduled_second {
  unsigned second = 0;
  std::vector<tally> kinds;

  bool all_ended() const noexcept;
};

// What makes two failures the same for people, however their texts differ: those quote what the
// server sent.
struct failure_sort {
  std::size_t kind = 0;
  ending how = ending::status;
  std::size_t detail = 0;  // the status, or which check of the content failed

  bool operator==(const failure_sort&) const = default;
};

struct failure {
  std::chrono::nanoseconds at{};  // when it ended, from the start of the run
  failure_sort sort;
  std::string text;
};

class ledger {
 public:
  using time_point = ticket::time_point;
  using nanoseconds = std::chrono::nanoseconds;
  static constexpr std::size_t failures_max = 10;

  ledger(const plan& p, time_point start);

  // Both of every request, in this order; tickets come in the order of the schedule.
  void offered(const ticket& t);
  void ended(const outcome& o);

  // What ended since the last call, recorded phases or not; latencies are those of all.
  tally take_live();

  // The seconds below this one get no further ticket, when `next_due` says for when the next one
  // is scheduled: nothing when none will come; in a closed loop the next one is always due `now`.
  unsigned closable(std::optional<time_point> next_due, time_point now) const noexcept;
  // The seconds below `limit`, oldest first, that were not handed out yet and whose requests have
  // all ended, up to the first with some that have not. No ticket below `limit` may follow.
  std::vector<scheduled_second> take_closed(unsigned limit);
  // After that: all seconds below this one have been handed out.
  unsigned closed_below(unsigned limit) const noexcept;

  unsigned second_of(time_point t) const noexcept;

  // By phase, then by kind; what was not recorded is empty.
  const std::vector<recorder>& cells() const noexcept { return cells_; }
  // How late the generator itself was for requests that found a connection idle: its own error.
  const histogram& lateness() const noexcept { return lateness_; }
  // The first of each sort.
  const std::vector<failure>& failures() const noexcept { return failures_; }
  time_point last_finished() const noexcept { return last_finished_; }

 private:
  recorder& cell_of(const ticket& t);
  tally& second_for(const ticket& t);
  void open_until(unsigned second);
  void note_failure(const outcome& o);

  const plan& plan_;
  time_point start_;
  std::vector<recorder> cells_;
  std::deque<scheduled_second> open_;  // consecutive seconds
  time_point newest_;                  // when the last of them begins
  tally live_;
  histogram lateness_;
  std::vector<failure> failures_;
  time_point last_finished_;
};

// Adds those of `more` that are new, and keeps the earliest.
void merge_failures(std::vector<failure>& into, const std::vector<failure>& more);

}  // namespace tailrace::load
