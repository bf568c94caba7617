#include "net/loop_guard.hpp"

#include <chrono>
#include <ctime>
#include <thread>

namespace tailrace::net {
namespace {

constexpr auto idle_nap = std::chrono::microseconds(50);

duration cpu_time() noexcept {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

}  // namespace

void run_guarded(io::thread& on, const loop_guard& guard) {
  for (;;) {
    on.handler = {};
    const duration cpu_before = cpu_time();
    const time_point began = on.time.now();
    if (on.context.poll_one() == 0) {
      if (on.context.stopped()) return;
      std::this_thread::sleep_for(idle_nap);
      continue;
    }
    const duration held = on.time.now() - began;
    if (held > guard.most)
      guard.report({on.handler.empty() ? "other" : on.handler, held, cpu_time() - cpu_before});
  }
}

}  // namespace tailrace::net
