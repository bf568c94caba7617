// What every I/O thread has one of. Objects created on it belong to it for life; other threads
// reach them only by posting to `context`.
#pragma once
#include "core/clock.hpp"
#include "io/deadline_wheel.hpp"
#include "io/gate.hpp"
#include "io/types.hpp"

#include <string_view>

namespace tailrace::io {

struct thread {
  thread(std::size_t number, const clock& c) : index(number), time(c), wheel(c.now()) {}

  const std::size_t index;
  const clock& time;
  deadline_wheel wheel;
  // What the handler that runs works on, for debug-loop: set by those who know, in words that stay.
  std::string_view handler;
  // Every coroutine spawned on this thread is inside; the thread ends only when it is empty.
  gate coroutines;
  // The last, since what it still holds when it is destroyed may refer to the others.
  io::context context{1};
};

}  // namespace tailrace::io
