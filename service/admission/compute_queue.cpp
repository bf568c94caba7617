#include "admission/compute_queue.hpp"

#include <algorithm>

namespace tailrace::admission {
namespace {

// Of how many jobs the usual length is a mean (exponentially weighted).
constexpr unsigned memory_jobs = 16;
constexpr int outlier = 8;

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

result<void> compute_queue::check(const client_address& who, deadline until, time_point now) {
  const client_address client = network_of(who);
  const std::lock_guard guard(lock_);
  if (auto refused = decide(client, until, now); refused.has_error()) return refused;
  if (!limit_.stands()) return {};
  const bool credit = shares_.has_little(client, now);
  if (fetches_.take(needed_per_second(wait_of_next()), now, credit)) return {};
  return error(errc::queue_full, "the queue for image work has enough to come");
}

result<compute_queue::place> compute_queue::enter(const client_address& who, deadline until,
                                                  time_point now) {
  const client_address client = network_of(who);
  const std::lock_guard guard(lock_);
  if (const auto admitted = decide(client, until, now); admitted.has_error())
    return admitted.error();
  const duration expected = wait_of_next();
  const duration latest = std::max(2 * (expected + usual_), limit_.burst());
  const duration patience = std::max(2 * usual_, limit_.standing() * 3 / 2);
  shares_.given(client, now);
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
  if (wait > allowed + quarter) return error(errc::queue_full, "the queue for image work is full");
  if (wait <= allowed - quarter || shares_.has_little(client, now)) return {};
  // Where there is only one client, it is not to blame.
  if (shares_.clients(now) < 2) return error(errc::queue_full, "the queue for image work is full");
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

void compute_queue::learn(duration took) {
  const std::lock_guard guard(lock_);
  // One that took a minute must not stand for those to come.
  if (learned_ == memory_jobs) took = std::min(took, outlier * usual_);
  if (learned_ < memory_jobs) ++learned_;
  usual_ += (took - usual_) / static_cast<duration::rep>(learned_);
}

void compute_queue::leave() noexcept {
  const std::lock_guard guard(lock_);
  --inside_;
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
