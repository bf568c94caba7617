#include "loadtest/generator/worker.hpp"

#include <algorithm>
#include <utility>

namespace tailrace::load {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t scratch_bytes = 256 * 1024;
// A thread that slept on a timer comes back some 50 us late on a virtual machine.
constexpr auto spin_window = 100us;
constexpr auto tick_length = 10ms;
// More attempts at once would overflow the backlog of many a listener.
constexpr std::size_t warming_max = 64;

}  // namespace

worker::worker(const plan& p, const target& requests, const connection::endpoint& server,
               unsigned index, collector& results, const std::atomic<bool>& interrupted)
    : plan_(p),
      requests_(requests),
      index_(index),
      collector_(results),
      interrupted_(interrupted),
      scratch_(scratch_bytes) {
  connection::observer& self = *this;  // a private base: only here is it known to be one
  for (unsigned i = 0; i < p.connections_of(index); ++i) {
    connections_.emplace_back(context_, server, requests_, scratch_, self);
    idle_.push_back(&connections_.back());
  }
}

void worker::run(const std::function<time_point()>& start_line) {
  if (plan_.keepalive) warm_up();
  start_ = start_line();
  cutoff_ = start_ + plan_.cutoff();
  pacer_.emplace(plan_, index_, start_);
  due_.emplace(plan_, index_, start_);
  books_.emplace(plan_, start_);
  tick(start_);  // a run that was interrupted while it warmed up sends nothing
  main_loop();
}

void worker::warm_up() {
  while (warming_ < warming_max && warmed_ < connections_.size()) warm_next();
  while (warming_ > 0) {
    wake_at(steady_clock::now() + tick_length);
    context_.run_one();
    const auto patience = interrupted() ? 0s : std::chrono::nanoseconds(plan_.timeout);
    for (auto& c : connections_) c.expire(steady_clock::now(), patience);
  }
}

void worker::warm_next() {
  ++warming_;
  connections_[warmed_++].warm_up();
}

void worker::on_warm(connection&) {
  --warming_;
  if (warmed_ < connections_.size() && !interrupted()) warm_next();
}

void worker::main_loop() {
  for (;;) {
    const auto now = steady_clock::now();
    dispatch(now);
    if (now >= next_tick_) tick(now);
    if (over()) {
      report(now);
      return collector_.finish(index_, *books_);
    }
    wait(now);
  }
}

std::optional<ticket> worker::take(time_point now) {
  const auto t = pacer_->take(now);
  if (t) {
    books_->offered(*t);
    due_->sent();
  }
  return t;
}

void worker::dispatch(time_point now) {
  while (!idle_.empty()) {
    const auto t = take(now);
    if (!t) return;
    connection& c = *idle_.front();
    idle_.pop_front();
    c.start(*t, now, waited(*t, c.idle_since()));
  }
}

void worker::on_outcome(connection& c, const outcome& o) {
  books_->ended(o);
  idle_.push_back(&c);
  // At once, not after the other events of this round: waiting requests go first.
  dispatch(o.finished);
}

void worker::tick(time_point now) {
  next_tick_ = now + tick_length;
  auto patience = std::chrono::nanoseconds(plan_.timeout);
  if (interrupted()) {
    pacer_->stop(now);
    due_->stop(now);
    cutoff_ = std::min(cutoff_, now);
    patience = std::min<std::chrono::nanoseconds>(patience, 1s);
  }
  if (now >= cutoff_) abandon_waiting(now);
  for (auto& c : connections_) c.expire(now, patience);
  due_->keep_pace(std::min(now, second_end()));
  while (now >= second_end()) report(now);
}

bool worker::over() const {
  return idle_.size() == connections_.size() && !pacer_->next_due();
}

void worker::wait(time_point now) {
  auto wake = next_tick_;
  const auto due = pacer_->next_due();
  if (due && !idle_.empty()) {
    if (*due - now <= spin_window) {
      context_.poll_one();
      return;
    }
    wake = std::min(wake, *due - spin_window);
  }
  wake_at(wake);
  context_.run_one();
}

// Leaves an earlier alarm standing: to move it costs a system call, to wake in vain about as much.
void worker::wake_at(time_point when) {
  if (armed_ && *armed_ <= when) return;
  armed_ = when;
  timer_.expires_at(when);
  timer_.async_wait([this](const boost::system::error_code& ec) {
    if (!ec) armed_.reset();
  });
}

void worker::abandon_waiting(time_point now) {
  while (const auto t = take(now)) {
    outcome unsent;
    unsent.ticket = *t;
    unsent.how = ending::unsent;
    unsent.begun = unsent.finished = now;
    books_->ended(unsent);
  }
}

void worker::report(time_point now) {
  const auto next = pacer_->next_due();
  live_second part;
  part.ended = books_->take_live();
  part.ended.offered = due_->take(second_end());
  part.busy = connections_.size() - idle_.size();
  if (next && !plan_.closed) part.behind = std::max(now - *next, steady_clock::duration::zero());
  const unsigned limit = books_->closable(next, now);
  auto closed = books_->take_closed(limit);
  collector_.add(index_, second_++, part, std::move(closed), books_->closed_below(limit));
}

}  // namespace tailrace::load
