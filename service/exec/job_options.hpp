// What the caller of offload() or start() says about a job. It crosses an await, so it has
// constructors.
#pragma once
#include "core/cancel.hpp"
#include "core/deadline.hpp"

#include <utility>

namespace tailrace::exec {

struct job_options {
  job_options() noexcept {}
  explicit job_options(deadline d, cancel_flag c = {}, duration* q = nullptr,
                       duration* r = nullptr) noexcept
      : until(d), cancel(std::move(c)), queued(q), ran(r) {}

  deadline until;              // not started by then, it is dropped
  cancel_flag cancel;          // not started when set, it is dropped; f may look at it
  duration* queued = nullptr;  // set before the result is there: time waited in the queue …
  duration* ran = nullptr;     // … and time spent in f; untouched when f was not called
};

}  // namespace tailrace::exec
