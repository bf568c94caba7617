// A whole run: workers on their threads, the progress lines, the result.
#pragma once
#include "loadtest/generator/collector.hpp"
#include "loadtest/generator/options.hpp"
#include "loadtest/generator/target.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <vector>

namespace tailrace::load {

struct run_result {
  recorder total;
  std::vector<second_summary> timeline;
  std::chrono::nanoseconds elapsed{};  // the planned length, or until the last ending if later
  std::chrono::nanoseconds own_cpu{};  // what the generator itself used
};

// Blocks until the run is over; calls `on_second` each second. Throws boost::system::system_error
// when the host has no address. Setting `interrupted` (from a signal handler, say) ends it early.
run_result run_load(const options& o, const target& requests, const std::atomic<bool>& interrupted,
                    const std::function<void(const second_summary&)>& on_second);

}  // namespace tailrace::load
