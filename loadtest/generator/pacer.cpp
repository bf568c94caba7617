#include "loadtest/generator/pacer.hpp"

#include <algorithm>
#include <utility>

namespace tailrace::load {
namespace {

std::optional<schedule> schedule_for(const plan& p, unsigned worker) {
  if (p.closed) return std::nullopt;
  if (p.arrivals == arrivals::constant) return schedule::constant(p.phases, worker, p.threads);
  return schedule::poisson(p.phases, p.seed, worker, p.threads);
}

}  // namespace

pacer::pacer(const plan& p, unsigned worker, time_point start)
    : schedule_(schedule_for(p, worker)),
      mix_(p.kinds, p.seed, worker),
      start_(start),
      end_(start + p.length()),
      number_(worker),
      stride_(p.threads) {
  for (std::size_t i = 1; i <= p.phases.size(); ++i) phase_ends_.push_back(start + p.start_of(i));
  if (schedule_) {
    advance();
  } else {
    next_ = start;
  }
}

void pacer::advance() {
  const auto arrival = schedule_->next();
  next_.reset();
  if (!arrival || start_ + arrival->at >= end_) return;
  next_ = start_ + arrival->at;
  phase_ = arrival->phase;
}

std::optional<ticket> pacer::take(time_point now) {
  if (!next_ || *next_ > now) return std::nullopt;
  ticket t{*next_, phase_, 0, 0};
  if (schedule_) {
    advance();
  } else {
    if (now >= end_) {
      next_.reset();
      return std::nullopt;
    }
    while (now >= phase_ends_[phase_]) ++phase_;
    t.scheduled = now;
    t.phase = phase_;
  }
  t.kind = mix_.next();
  t.number = std::exchange(number_, number_ + stride_);
  return t;
}

void pacer::stop(time_point now) {
  end_ = std::min(end_, now);
  if (next_ && *next_ >= end_) next_.reset();
}

}  // namespace tailrace::load
