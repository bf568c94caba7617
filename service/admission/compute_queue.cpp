#include "admission/compute_queue.hpp"

#include <algorithm>

namespace tailrace::admission {
namespace {

// Of how many jobs the usual length is a mean (exponentially weighted).
constexpr unsigned memory_jobs = 16;
constexpr int outlier = 8;

// For so many jobs, but not for less than this, it is remembered who has had how much: long beside
// the time between two jobs of a client that wants its share, short beside what an operator waits.
constexpr int share_jobs = 8;
constexpr duration share_time = std::chrono::seconds(1);

// Nothing is known of what comes after a pause: the first job counts for all that were before.
constexpr duration pause = std::chrono::seconds(1);

// How many sources in a row may be fetched faster than the pace. With less, chance alone would meet
// refusals below capacity, and the queue, once it stood, would do so for good.
constexpr std::size_t ahead_per_thread = 6;

}  // namespace

compute_queue::compute_queue(std::size_t threads, wait_limit limit)
    : threads_(std::max<std::size_t>(threads, 1)),
      limit_(limit),
      fetches_(static_cast<double>(ahead_per_thread * threads_)) {}

result<compute_queue::pass> compute_queue::ask(const client_address& who, deadline until,
                                               time_point now) {
  const client_address client = network_of(who);
  const std::lock_guard guard(lock_);
  if (const auto admitted = decide(client, until, now); admitted.has_error())
    return admitted.error();
  if (!limit_.stands()) return pass(*this, client, false);
  const bool credit = shares_.has_little(client, now);
  if (!fetches_.take(needed_per_second(wait_of_next()), now, credit))
    return error(errc::queue_full, "the queue for image work has enough to come");
  shares_.given(client, now);
  return pass(*this, client, true);
}

result<compute_queue::place> compute_queue::enter(pass&& with, deadline until, time_point now) {
  const std::lock_guard guard(lock_);
  with.paced_ = false;
  if (const auto admitted = decide(with.who_, until, now); admitted.has_error())
    return admitted.error();
  const duration expected = wait_of_next();
  const duration latest = std::max(2 * (expected + usual_), limit_.burst());
  const duration patience = std::max(2 * usual_, limit_.standing() * 3 / 2);
  if (!with.charged_) shares_.given(with.who_, now);
  if (inside_ == 0 && now - last_inside_ >= pause) learned_ = 0;
  last_inside_ = now;
  ++inside_;
  return place(*this, std::min(until, deadline::after(now, latest)),
               deadline::after(now, patience));
}

result<void> compute_queue::decide(const client_address& client, deadline until, time_point now) {
  const duration wait = wait_of_next();
  const duration allowed = limit_.allowed(wait, now);
  stands_.store(limit_.stands(), std::memory_order_relaxed);
  if (wait > duration::zero() && wait + usual_ > until.left(now))
    return error(errc::deadline_exceeded, "the queue for image work is too long for the deadline");
  if (inside_ < always_per_thread * threads_) return {};
  const duration quarter = allowed / 4;
  if (wait <= allowed - quarter) return {};
  // However long jobs take, there is room for who has had little.
  const bool room = wait <= allowed + quarter || inside_ < (always_per_thread + 1) * threads_;
  if (!room) return error(errc::queue_full, "the queue for image work is full");
  if (shares_.has_little(client, now)) return {};
  // Where there is only one client, it is not to blame.
  if (!shares_.has_others(client, now))
    return error(errc::queue_full, "the queue for image work is full");
  return error(errc::share_exceeded, "the client has its share of the queue for image work");
}

// A tenth more than the threads can do, so that the queue stays; the more, the shorter it is, as
// not all sources arrive. At half as much again, what comes from 200 ms away does not yet swing.
double compute_queue::needed_per_second(duration wait) const noexcept {
  constexpr double surplus = 1.1;
  constexpr double catch_up = 0.4;
  const double full = std::min(
      1.0, static_cast<double>(wait.count()) / static_cast<double>(limit_.standing().count()));
  const std::chrono::duration<double> one = std::max(usual_, duration(1));
  return (surplus + catch_up * (1 - full)) * static_cast<double>(threads_) / one.count();
}

duration compute_queue::wait_of_next() const noexcept {
  if (inside_ < threads_) return {};
  return usual_ * static_cast<duration::rep>(inside_ - threads_ + 1) /
         static_cast<duration::rep>(threads_);
}

void compute_queue::learn(duration took, bool whole) {
  const std::lock_guard guard(lock_);
  // At least so long is no news of one that was to take longer.
  if (!whole && took <= usual_) return;
  // One that took a minute must not stand for those to come.
  if (learned_ == memory_jobs) took = std::min(took, outlier * usual_);
  if (learned_ < memory_jobs) ++learned_;
  usual_ += (took - usual_) / static_cast<duration::rep>(learned_);
  const duration per_job = usual_ / static_cast<duration::rep>(threads_);
  shares_.remember_for(std::max(share_time, share_jobs * per_job));
}

void compute_queue::leave() noexcept {
  const std::lock_guard guard(lock_);
  --inside_;
}

void compute_queue::not_entered() noexcept {
  const std::lock_guard guard(lock_);
  fetches_.give_back();
}

duration compute_queue::expected_wait() const {
  const std::lock_guard guard(lock_);
  return wait_of_next();
}

std::size_t compute_queue::clients(time_point now) const {
  const std::lock_guard guard(lock_);
  return shares_.clients(now);
}

}  // namespace tailrace::admission
