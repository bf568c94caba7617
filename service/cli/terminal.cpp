#include "cli/terminal.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <string>
#include <sys/ioctl.h>
#include <system_error>
#include <unistd.h>

namespace tailrace::cli {
namespace {

using namespace std::chrono_literals;

constexpr duration first_after = 300ms;
constexpr duration again_after = 100ms;
constexpr std::string_view erase = "\r\033[K";

// 0, or why not.
int write_all(int descriptor, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t n = ::write(descriptor, text.data(), text.size());
    if (n >= 0) {
      text.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      // Somebody made our output non-blocking; it is our turn to wait.
      pollfd out{descriptor, POLLOUT, 0};
      ::poll(&out, 1, -1);
    } else if (errno != EINTR) {
      return errno;
    }
  }
  return 0;
}

[[noreturn]] void end_by(int signal) noexcept {
  std::signal(signal, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  ::raise(signal);
  ::_exit(128 + signal);
}

// Takes the line away that says how far it is, then ends as if it had not been caught, so that a
// shell's loop around us ends too.
void on_interrupt(int signal) noexcept {
  write_all(STDERR_FILENO, erase);
  end_by(signal);
}

std::size_t columns() noexcept {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2) return 79;
  return size.ws_col - 1U;  // what fills the last column wraps on some terminals
}

}  // namespace

terminal::terminal(io::thread& on, bool progress)
    : entry(on.wheel),
      thread_(on),
      began_(on.time.now()),
      shows_(progress && ::isatty(STDERR_FILENO) == 1) {
  if (!shows_) return;
  arm(deadline(began_ + first_after));
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    if (std::signal(signal, on_interrupt) == SIG_IGN) std::signal(signal, SIG_IGN);
}

bool terminal::print(std::string_view lines) {
  hide();
  const int failed = write_all(STDOUT_FILENO, lines);
  if (failed == EPIPE) end_by(SIGPIPE);
  if (failed != 0) complain("write error: " + std::system_category().message(failed));
  return failed == 0;
}

void terminal::complain(std::string_view message) {
  hide();
  write_all(STDERR_FILENO, std::string("tailrace: ").append(message) + "\n");
}

void terminal::late() noexcept {
  show();
  arm(deadline(thread_.time.now() + again_after));
}

void terminal::show() {
  state.bytes = bytes_read.load(std::memory_order_relaxed);
  state.bytes_total = bytes_total.load(std::memory_order_relaxed);
  state.spent = thread_.time.now() - began_;
  write_all(STDERR_FILENO, std::string(erase) + progress_text(state, columns()));
  shown_ = true;
}

void terminal::hide() noexcept {
  if (std::exchange(shown_, false)) write_all(STDERR_FILENO, erase);
}

}  // namespace tailrace::cli
