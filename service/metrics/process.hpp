// The process as the kernel sees it, for the usual process_* metrics. Any thread; some dozens of
// microseconds. A figure that cannot be read is 0.
#pragma once

namespace tailrace::metrics {

struct process_figures {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double open_fds = 0;
  double max_fds = 0;
  double threads = 0;
  double start_time_seconds = 0;
};

process_figures read_process();

}  // namespace tailrace::metrics
