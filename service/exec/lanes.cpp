#include "exec/lanes.hpp"

namespace tailrace::exec {
namespace {

executor_options short_options(const lanes_options& o) {
  executor_options options("tr-short", o.short_threads, o.short_capacity);
  options.on_thread_start = o.on_thread_start;
  options.on_thread_end = o.on_thread_end;
  return options;
}

executor_options long_options(const lanes_options& o) {
  executor_options options("tr-long", o.long_threads, o.long_capacity);
  // One at a time: behind a job of 50 ms, a batch in a deque would start out of turn.
  options.batch = 1;
  options.nice = o.long_nice;
  options.on_thread_start = o.on_thread_start;
  options.on_thread_end = o.on_thread_end;
  return options;
}

}  // namespace

lanes::lanes(const clock& c, const lanes_options& options)
    : short_(c, short_options(options)), long_(c, long_options(options)) {}

executor& lanes::short_lane() noexcept {
  return short_;
}
executor& lanes::long_lane() noexcept {
  return long_;
}
const executor& lanes::short_lane() const noexcept {
  return short_;
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
