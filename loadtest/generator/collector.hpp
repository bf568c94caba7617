// Where the workers' books meet: adds them up, second by second, for the progress lines and the
// final report. Thread-safe; each worker comes here about once a second.
#pragma once
#include "loadtest/generator/ledger.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace tailrace::load {

// One second of the run as it was seen while it ran: `ended` counts what was due and what ended
// in it, with the latencies of all.
struct live_second {
  tally ended;
  std::size_t busy = 0;  // connections, at its end
  // How far sending lies behind the schedule: over 0 when all connections are busy.
  std::chrono::nanoseconds behind{};
};

struct second_summary {
  unsigned second = 0;
  tally_summary ended;
  std::size_t busy = 0;
  std::chrono::nanoseconds behind{};
};

// One second of the schedule, once all of its requests had ended; latencies are of successes.
struct timeline_row {
  unsigned second = 0;
  tally_summary all;
  std::vector<tally_summary> kinds;
};

// Of all workers together.
struct totals {
  std::vector<recorder> cells;  // by phase, then by kind
  histogram lateness;
  std::vector<failure> failures;
  ledger::time_point last_finished{};
  std::vector<timeline_row> timeline;
};

class collector {
 public:
  explicit collector(const plan& p);

  // What `worker` saw in `second`, and the seconds of the schedule that it has closed: all below
  // `closed_below` that it did not bring before. Seconds come in order.
  void add(unsigned worker, unsigned second, const live_second& part,
           std::vector<scheduled_second> closed, unsigned closed_below);
  // The last call of a worker.
  void finish(unsigned worker, const ledger& books);

  // Waits for the next second that all workers have left behind; nothing when all are done.
  std::optional<second_summary> next();

  // After next() returned nothing.
  const totals& total() const noexcept { return total_; }

 private:
  using second_map = std::map<unsigned, std::vector<tally>>;
  second_map take_closed();
  void summarize(const second_map& seconds);

  const std::size_t kinds_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<unsigned> reached_;  // by worker: the second it is in now
  std::vector<unsigned> closed_;   // by worker: the first second that it has not closed
  std::map<unsigned, live_second> live_;
  second_map scheduled_;
  totals total_;
};

}  // namespace tailrace::load
