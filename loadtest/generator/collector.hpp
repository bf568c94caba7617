// Where the workers' records meet: adds them up, second by second, for the progress lines and
// the final report. Thread-safe; each worker comes here about once a second.
#pragma once
#include "loadtest/generator/recorder.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace tailrace::load {

// What ended within one second of the run.
struct second_summary {
  unsigned second = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t errors = 0;
  std::chrono::nanoseconds p50{}, p99{}, max{};  // of all requests, from the schedule
  // How far sending lies behind the schedule: over 0 when all connections are busy.
  std::chrono::nanoseconds behind{};
};

class collector {
 public:
  collector(const status_set& successes, unsigned workers);

  // What `worker` recorded in `second`; seconds come in order. `last` when it is done.
  void add(unsigned worker, unsigned second, const recorder& part, std::chrono::nanoseconds behind,
           bool last);

  // Waits for the next second that all workers have left behind; nothing when all are done.
  std::optional<second_summary> next();

  // After next() returned nothing.
  const recorder& total() const noexcept { return total_; }

 private:
  struct pending {
    recorder sum;
    std::chrono::nanoseconds behind{};
  };
  unsigned complete_below() const noexcept;

  const status_set& successes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<unsigned> reached_;  // by worker: the second it is in now
  std::map<unsigned, pending> seconds_;
  recorder total_;
};

}  // namespace tailrace::load
