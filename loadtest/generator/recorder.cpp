#include "loadtest/generator/recorder.hpp"

namespace tailrace::load {

void recorder::add(const outcome& o) {
  const auto latency = o.finished - o.ticket.scheduled;
  ++endings_[static_cast<std::size_t>(o.how)];
  all_.add(latency);
  body_bytes_ += o.body_bytes;
  sent_bytes_ += o.sent_bytes;
  if (load::answered(o.how)) ++statuses_[o.status];
  if (o.how == ending::refused) refusals_.add(latency);
  if (o.how != ending::ok) return;
  ok_.add(latency);
  service_.add(o.finished - o.begun);
}

void recorder::merge(const recorder& other) {
  offered_ += other.offered_;
  for (std::size_t i = 0; i < ending_count; ++i) endings_[i] += other.endings_[i];
  for (const auto& [status, n] : other.statuses_) statuses_[status] += n;
  body_bytes_ += other.body_bytes_;
  sent_bytes_ += other.sent_bytes_;
  ok_.merge(other.ok_);
  refusals_.merge(other.refusals_);
  all_.merge(other.all_);
  service_.merge(other.service_);
}

std::uint64_t recorder::answered() const noexcept {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < ending_count; ++i) {
    if (load::answered(static_cast<ending>(i))) sum += endings_[i];
  }
  return sum;
}

void tally::count(ending e) noexcept {
  ++(e == ending::ok ? ok : e == ending::refused ? refused : errors);
}

void tally::merge(const tally& other) {
  offered += other.offered;
  ok += other.ok;
  refused += other.refused;
  errors += other.errors;
  latency.merge(other.latency);
}

tally_summary::tally_summary(const tally& t)
    : offered(t.offered),
      ok(t.ok),
      refused(t.refused),
      errors(t.errors),
      p50(t.latency.at(0.5)),
      p99(t.latency.at(0.99)),
      max(t.latency.max()) {}

}  // namespace tailrace::load
