// One piece of work for the executor, linked into its queues without an allocation. The owner
// keeps it alive from submit() until run() or drop() was entered: exactly one of them is called,
// exactly once per accepted job, on a worker's thread. After that the executor never touches the
// job again, so both may destroy it.
#pragma once
#include "core/cancel.hpp"
#include "core/deadline.hpp"
#include "core/error.hpp"

#include <utility>

namespace tailrace::exec {

class job {
 public:
  job() = default;
  job(deadline d, cancel_flag c) noexcept : until(d), cancel(std::move(c)) {}
  job(const job&) = delete;
  job& operator=(const job&) = delete;

  // `queued` is the time between submit() and now.
  virtual void run(duration queued) noexcept = 0;

  // Instead of run(): client_gone when cancelled, deadline_exceeded when too late.
  virtual void drop(errc why) noexcept = 0;

  deadline until;
  cancel_flag cancel;
  time_point enqueued;  // set by submit()
  job* next = nullptr;  // belongs to the injector

 protected:
  ~job() = default;
};

}  // namespace tailrace::exec
