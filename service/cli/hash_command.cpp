#include "cli/hash_command.hpp"

#include "cli/hash_run.hpp"
#include "core/machine.hpp"
#include "core/resolve.hpp"
#include "io/run_blocking.hpp"

#include <algorithm>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>

namespace tailrace::cli {
namespace {

// What is closed must not become the first file that is opened, and then be written to. Reading
// from and writing to these fails, as it would have.
void fill_standard_descriptors() noexcept {
  for (const int each : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(each, F_GETFD) < 0) ::open("/dev/null", each == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

exec::lanes_options lanes_of(const hash_options& o) {
  exec::lanes_options options;
  options.short_threads = o.max_concurrent;
  // Lists name no one knows how many.
  if (!o.check) options.short_threads = std::min(o.max_concurrent, o.names.size());
  return options;
}

}  // namespace

int run_hash(const hash_options& options, settings of_sources) {
  fill_standard_descriptors();
  // OpenSSL writes to sockets without saying that it wants an error instead.
  std::signal(SIGPIPE, SIG_IGN);
  raise_fd_limit();
  of_sources.io_threads = 1;  // or limits for an origin would be shared out among more
  const resolved config = resolve(std::move(of_sources), read_machine());
  const steady_clock time;
  io::thread thread(0, time);
  exec::lanes lanes(time, lanes_of(options));
  hash_run run(options, config.values, thread, lanes);
  return io::run_blocking(thread, run.run());
}

}  // namespace tailrace::cli
