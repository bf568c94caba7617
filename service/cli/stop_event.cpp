#include "cli/stop_event.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace tailrace::cli {

stop_event::stop_event(io::cancellation& with) : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_ < 0) throw std::system_error(errno, std::system_category(), "eventfd");
  join(&with);
}

stop_event::~stop_event() {
  ::close(event_);
}

bool stop_event::wait_readable(int descriptor) const noexcept {
  std::array<pollfd, 2> both{{{descriptor, POLLIN, 0}, {event_, POLLIN, 0}}};
  // An error of poll() is left to the read() that follows.
  while (::poll(both.data(), both.size(), -1) < 0 && errno == EINTR) {
  }
  return (both[1].revents & POLLIN) == 0;
}

// Stays readable from then on.
void stop_event::wake() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(event_, &one, sizeof one);
}

}  // namespace tailrace::cli
