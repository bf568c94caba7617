// What the command writes: result lines on standard output, messages on standard error, and, if
// that is a terminal, one line that says how far it is and always stands last. On the I/O thread.
#pragma once
#include "cli/progress_text.hpp"
#include "io/deadline_wheel.hpp"
#include "io/thread.hpp"

#include <atomic>
#include <cstdint>
#include <string_view>

namespace tailrace::cli {

class terminal final : io::deadline_wheel::entry {
 public:
  // `progress`: wanted; shown only on a terminal, and not before it has taken a moment.
  terminal(io::thread& on, bool progress);
  ~terminal() override { hide(); }

  bool shows_progress() const noexcept { return shows_; }

  // Whole lines, written at once: nothing is ever half written that fits a pipe's buffer. False
  // when standard output takes no more; a reader that went away ends the process by SIGPIPE.
  bool print(std::string_view lines);

  // "tailrace: <message>" on standard error.
  void complain(std::string_view message);

  // By any thread.
  std::atomic<std::uint64_t> bytes_read{0};
  std::atomic<std::uint64_t> bytes_total{0};  // 0: not known
  progress_state state;                       // all but bytes and time

 private:
  void late() noexcept override;
  void show();
  void hide() noexcept;

  io::thread& thread_;
  const time_point began_;
  const bool shows_;
  bool shown_ = false;
};

}  // namespace tailrace::cli
