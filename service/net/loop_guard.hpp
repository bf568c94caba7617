// Runs an I/O thread's context and reports each handler that held the loop for too long: what
// debug-loop turns on. A loop that is not guarded has none of this in its way.
//
// Handlers run one at a time between two looks at the clock, which never include waiting: an idle
// loop is asked every 50 us whether there is something to do. That costs latency and some CPU, so
// it is for finding a culprit, not for always.
#pragma once
#include "io/thread.hpp"

#include <functional>
#include <string_view>

namespace tailrace::net {

struct loop_guard {
  struct held_loop {
    std::string_view handler;  // what io::thread::handler said last, or "other"
    duration held;             // by the thread's clock
    duration on_cpu;           // of that, computing; the rest was spent blocked or preempted
  };

  duration most;
  std::function<void(const held_loop&)> report;  // on the thread that was held
};

// Until the context has no work left, like io_context::run().
void run_guarded(io::thread& on, const loop_guard& guard);

}  // namespace tailrace::net
