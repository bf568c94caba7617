#include "loadtest/generator/pacer.hpp"

#include <algorithm>

namespace tailrace::load {

pacer::pacer(schedule plan, time_point start, duration length)
    : plan_(std::move(plan)), start_(start), end_(start + length) {
  advance();
}

void pacer::advance() {
  const time_point due = start_ + plan_.next();
  next_ = due < end_ ? std::optional(due) : std::nullopt;
}

std::optional<pacer::time_point> pacer::take(time_point now) {
  if (!next_ || *next_ > now) return std::nullopt;
  if (plan_.closed()) {
    if (now < end_) return now;
    next_.reset();
    return std::nullopt;
  }
  const time_point due = *next_;
  advance();
  return due;
}

void pacer::stop(time_point now) {
  end_ = std::min(end_, now);
  if (next_ && *next_ >= end_) next_.reset();
}

}  // namespace tailrace::load
