#include "loadtest/generator/recorder.hpp"

#include <algorithm>

namespace tailrace::load {

std::string_view name_of(ending e) noexcept {
  constexpr std::array<std::string_view, ending_count> names{
      "answered", "connect", "timeout", "reset", "truncated", "bad_response", "unsent"};
  return names[static_cast<std::size_t>(e)];
}

status_set default_successes() {
  status_set set{};
  std::fill(set.begin() + 100, set.begin() + 400, true);
  return set;
}

void recorder::add(const outcome& o) {
  ++endings_[static_cast<std::size_t>(o.how)];
  all_.add(o.finished - o.scheduled);
  body_bytes_ += o.body_bytes;
  sent_bytes_ += o.sent_bytes;
  last_finished_ = std::max(last_finished_, o.finished);
  if (!o.queued && o.how != ending::unsent) lateness_.add(o.begun - o.scheduled);
  if (o.how != ending::answered) return;
  ++statuses_[o.status];
  if (o.status >= successes_->size() || !(*successes_)[o.status]) return;
  ok_.add(o.finished - o.scheduled);
  service_.add(o.finished - o.begun);
}

void recorder::merge(const recorder& other) {
  for (std::size_t i = 0; i < ending_count; ++i) endings_[i] += other.endings_[i];
  for (const auto& [status, n] : other.statuses_) statuses_[status] += n;
  body_bytes_ += other.body_bytes_;
  sent_bytes_ += other.sent_bytes_;
  last_finished_ = std::max(last_finished_, other.last_finished_);
  ok_.merge(other.ok_);
  all_.merge(other.all_);
  service_.merge(other.service_);
  lateness_.merge(other.lateness_);
}

void recorder::clear() {
  endings_.fill(0);
  statuses_.clear();
  body_bytes_ = sent_bytes_ = 0;
  last_finished_ = {};
  for (histogram* h : {&ok_, &all_, &service_, &lateness_}) h->clear();
}

}  // namespace tailrace::load
