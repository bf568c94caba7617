// The lanes of the service as they could have been, to measure against those that were chosen
// (bench/scenarios/lanes.py). Linked instead of exec/lanes.cpp into tailrace-lanes, never into the
// service. BENCH_LANES says what to build:
//
//   separate      two lanes on threads of their own, at the same priority
//   nice:N        the same, the threads for long jobs N nicer
//   batch         the same, the threads for long jobs in SCHED_BATCH: they do not preempt others
//                 when they wake up
//   slice:N       the same, the threads for long jobs with time slices of N milliseconds: what
//                 wakes up with a shorter slice, which is all others, then preempts them
//                 (Linux 6.12)
//   common        one lane and its threads for all jobs, first in, first out
#include "exec/lanes.hpp"

#include <cstdint>
#include <cstdlib>
#include <sched.h>
#include <stdexcept>
#include <string_view>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tailrace::exec {
namespace {

std::string_view wanted() {
  const char* const value = std::getenv("BENCH_LANES");
  return value == nullptr ? "separate" : value;
}

bool common() {
  return wanted() == "common";
}

// struct sched_attr of sched_setattr(2), which glibc declares since 2.41 only.
struct scheduling {
  std::uint32_t size = sizeof(scheduling);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime_ns = 0;
  std::uint64_t deadline_ns = 0;
  std::uint64_t period_ns = 0;
};

void take_slices_of(int ms) {
  scheduling wanted_one;
  wanted_one.nice = ::getpriority(PRIO_PROCESS, 0);
  wanted_one.runtime_ns = static_cast<std::uint64_t>(ms) * 1'000'000;
  if (::syscall(SYS_sched_setattr, 0, &wanted_one, 0) != 0) std::abort();
}

executor_options short_options(const lanes_options& o) {
  // Of a common lane's, this one stays empty and its thread asleep.
  executor_options options("tr-short", common() ? 1 : o.short_threads, o.short_capacity);
  options.on_thread_start = o.on_thread_start;
  options.on_thread_end = o.on_thread_end;
  return options;
}

executor_options long_options(const lanes_options& o) {
  executor_options options("tr-long", o.long_threads, o.long_capacity);
  options.batch = 1;
  options.on_thread_start = o.on_thread_start;
  options.on_thread_end = o.on_thread_end;
  if (common()) {
    options.capacity += o.short_capacity;
  } else if (wanted() == "batch") {
    options.on_thread_start = [before = o.on_thread_start] {
      const sched_param none{};
      if (sched_setscheduler(0, SCHED_BATCH, &none) != 0) std::abort();
      if (before) before();
    };
  } else if (wanted().starts_with("slice:")) {
    const int ms = std::atoi(wanted().substr(6).data());
    options.on_thread_start = [ms, before = o.on_thread_start] {
      take_slices_of(ms);
      if (before) before();
    };
  } else if (wanted().starts_with("nice:")) {
    options.nice = std::atoi(wanted().substr(5).data());
  } else if (wanted() != "separate") {
    throw std::invalid_argument("BENCH_LANES is not understood");
  }
  return options;
}

}  // namespace

lanes::lanes(const clock& c, const lanes_options& options)
    : short_(c, short_options(options)), long_(c, long_options(options)) {}

executor& lanes::short_lane() noexcept {
  return common() ? long_ : short_;
}
executor& lanes::long_lane() noexcept {
  return long_;
}
const executor& lanes::short_lane() const noexcept {
  return common() ? long_ : short_;
}
const executor& lanes::long_lane() const noexcept {
  return long_;
}

void lanes::close_and_join() noexcept {
  short_.close();
  long_.close_and_join();
  short_.close_and_join();
}

}  // namespace tailrace::exec
