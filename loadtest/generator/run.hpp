// A whole run: workers on their threads, the progress lines, the result.
#pragma once
#include "loadtest/generator/collector.hpp"
#include "loadtest/generator/plan.hpp"
#include "loadtest/generator/target.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <vector>

namespace tailrace::load {

struct run_result {
  totals found;
  std::size_t kinds = 1;
  std::vector<second_summary> live;    // as it was seen while it ran
  std::chrono::nanoseconds elapsed{};  // the planned length, or until the last ending if later
  std::chrono::nanoseconds own_cpu{};  // what the generator itself used

  recorder total() const;
  std::vector<recorder> by_kind(std::size_t phase) const;
};

// Blocks until the run is over; calls `on_second` each second. Throws boost::system::system_error
// when the host has no address. Setting `interrupted` (from a signal handler, say) ends it early.
run_result run_load(const plan& p, const target& requests, const std::atomic<bool>& interrupted,
                    const std::function<void(const second_summary&)>& on_second);

}  // namespace tailrace::load
