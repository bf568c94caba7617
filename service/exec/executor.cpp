#include "exec/executor.hpp"

#include "exec/worker.hpp"

#include <cassert>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tailrace::exec {
namespace {

// The worker whose thread this is, of whichever executor; null on all other threads.
thread_local worker* this_thread_worker = nullptr;

void lower_priority(int nice) noexcept {
  // Linux counts niceness per thread. Without the right to change it the lane just competes.
  if (nice == 0) return;
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
  ::setpriority(PRIO_PROCESS, thread, ::getpriority(PRIO_PROCESS, thread) + nice);
}

}  // namespace

executor::executor(const clock& c, executor_options options)
    : options_(std::move(options)),
      crew_(std::make_unique<crew>(c, options_.workers, options_.capacity, options_.batch)) {
  assert(options_.batch > 0);
  for (std::size_t i = 0; i < options_.workers; ++i)
    crew_->workers.push_back(std::make_unique<worker>(*crew_, i));
  try {
    for (std::size_t i = 0; i < options_.workers; ++i) {
      threads_.emplace_back(&executor::work, this, std::ref(*crew_->workers[i]));
      const std::string name = (options_.name + "-" + std::to_string(i)).substr(0, 15);
      ::pthread_setname_np(threads_.back().native_handle(), name.c_str());
    }
  } catch (...) {
    close_and_join();
    throw;
  }
}

executor::~executor() {
  close_and_join();
}

void executor::work(worker& w) {
  this_thread_worker = &w;
  lower_priority(options_.nice);
  if (options_.on_thread_start) options_.on_thread_start();
  w.loop();
  if (options_.on_thread_end) options_.on_thread_end();
}

result<void> executor::submit(job& j) noexcept {
  unsigned sleepers = 0;
  j.enqueued = crew_->time.now();
  if (const auto refused = crew_->beds.accept(sleepers)) return error(*refused);
  worker* const own = this_thread_worker;
  if (own == nullptr || !own->works_for(*crew_) || !own->push(j)) crew_->inbox.push(j);
  crew_->beds.wake(sleepers);
  return {};
}

void executor::close() noexcept {
  crew_->beds.close();
}

void executor::close_and_join() noexcept {
  assert(this_thread_worker == nullptr || !this_thread_worker->works_for(*crew_));
  close();
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
}

std::size_t executor::workers() const noexcept {
  return crew_->workers.size();
}

std::size_t executor::pending() const noexcept {
  return crew_->beds.now().pending;
}

const worker_statistics& executor::statistics_of(std::size_t worker_index) const noexcept {
  return crew_->workers[worker_index]->statistics();
}

statistics executor::snapshot() const noexcept {
  statistics sum;
  sum.workers = workers();
  sum.pending = pending();
  for (const auto& w : crew_->workers) sum.add(w->statistics());
  return sum;
}

const clock& executor::time() const noexcept {
  return crew_->time;
}

}  // namespace tailrace::exec
