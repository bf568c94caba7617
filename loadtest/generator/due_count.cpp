#include "loadtest/generator/due_count.hpp"

#include <utility>

namespace tailrace::load {

due_count::due_count(const plan& p, unsigned worker, time_point start) {
  if (!p.closed) share_.emplace(p, worker, start);
}

void due_count::keep_pace(time_point now) {
  if (!share_) return;
  for (auto due = share_->next_due(); due && *due < now; due = share_->next_due()) {
    share_->take(now);
    ++count_;
  }
}

std::uint64_t due_count::take(time_point end) {
  keep_pace(end);
  return std::exchange(count_, 0);
}

void due_count::stop(time_point now) {
  if (share_) share_->stop(now);
}

}  // namespace tailrace::load
