// Wakes blocking reads on other threads when what they read for is called off: a pipe may never
// say anything more, and poll() can wait for it and for this.
#pragma once
#include "io/cancellation.hpp"

namespace tailrace::cli {

// Whoever may still be waiting shares it; it must be gone before the cancellation is.
class stop_event final : io::cancellation::waiter {
 public:
  // Throws std::system_error when there is no descriptor left.
  explicit stop_event(io::cancellation& with);
  ~stop_event() override;

  // Waits until `descriptor` can be read, which a file always can; false when called off instead.
  // Any thread.
  bool wait_readable(int descriptor) const noexcept;

 private:
  void wake() noexcept override;

  const int event_;
};

}  // namespace tailrace::cli
