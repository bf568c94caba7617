// The queue through which jobs enter the executor from other threads: first in, first out, linked
// through job::next. A mutex is enough: it is held for a few instructions, once per submit and
// once per batch. Any thread may call anything; nothing here fails.
#pragma once
#include "exec/job.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <span>

namespace tailrace::exec {

class injector {
 public:
  void push(job& j) noexcept {
    j.next = nullptr;
    const std::lock_guard lock(mutex_);
    (last_ == nullptr ? first_ : last_->next) = &j;
    last_ = &j;
    size_.store(size_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  // Moves the oldest jobs into `room`, oldest first, and returns how many: no more than the
  // caller's share of what waits, but at least one if there is one.
  std::size_t take(std::span<job*> room, std::size_t sharers) noexcept {
    // Empty most of the time when idle workers look: worth a look without the lock. A job that
    // is missed here is counted as pending, and so looked for again.
    if (size() == 0) return 0;
    const std::lock_guard lock(mutex_);
    const std::size_t size = this->size();
    const std::size_t count = std::min({room.size(), size, size / sharers + 1});
    for (std::size_t i = 0; i < count; ++i) {
      room[i] = first_;
      first_ = first_->next;
    }
    if (first_ == nullptr) last_ = nullptr;
    size_.store(size - count, std::memory_order_relaxed);
    return count;
  }

  std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

 private:
  std::mutex mutex_;
  job* first_ = nullptr;
  job* last_ = nullptr;
  std::atomic<std::size_t> size_{0};  // written under the mutex
};

}  // namespace tailrace::exec
