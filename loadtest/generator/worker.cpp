#include "loadtest/generator/worker.hpp"

#include <algorithm>

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

worker::worker(const options& o, const target& requests, const connection::endpoint& server,
               unsigned index, collector& results, const std::atomic<bool>& interrupted)
    : options_(o),
      requests_(requests),
      index_(index),
      collector_(results),
      interrupted_(interrupted),
      scratch_(scratch_bytes),
      recorder_(o.successes) {
  const unsigned share = o.connections / o.threads + (index < o.connections % o.threads ? 1 : 0);
  connection::observer& self = *this;  // a private base: only here is it known to be one
  for (unsigned i = 0; i < share; ++i) {
    connections_.emplace_back(context_, server, requests_, scratch_, self);
    idle_.push_back(&connections_.back());
  }
  // The workers begin at different places of a list.
  next_request_ = index % requests_.heads.size();
}

void worker::run(const std::function<time_point()>& start_line) {
  if (options_.keepalive) warm_up();
  start_ = start_line();
  cutoff_ = start_ + options_.duration + options_.timeout;
  next_tick_ = start_;
  pacer_.emplace(options_.share_of(index_), start_, options_.duration);
  main_loop();
}

void worker::warm_up() {
  while (warming_ < warming_max && warmed_ < connections_.size()) warm_next();
  while (warming_ > 0) {
    wake_at(steady_clock::now() + tick_length);
    context_.run_one();
    for (auto& c : connections_) c.expire(steady_clock::now(), options_.timeout);
  }
}

void worker::warm_next() {
  ++warming_;
  connections_[warmed_++].warm_up();
}

void worker::on_warm(connection&) {
  --warming_;
  if (warmed_ < connections_.size()) warm_next();
}

void worker::main_loop() {
  for (;;) {
    const auto now = steady_clock::now();
    dispatch(now);
    if (now >= next_tick_) tick(now);
    if (over()) return report(now, true);
    wait(now);
  }
}

void worker::dispatch(time_point now) {
  while (!idle_.empty()) {
    const auto due = pacer_->take(now);
    if (!due) return;
    connection& c = *idle_.front();
    idle_.pop_front();
    const bool queued = c.idle_since() > *due;
    c.start(next_request_, *due, now, queued);
    next_request_ = (next_request_ + options_.threads) % requests_.heads.size();
  }
}

void worker::on_outcome(connection& c, const outcome& o) {
  recorder_.add(o);
  idle_.push_back(&c);
  // At once, not after the other events of this round: waiting requests go first.
  dispatch(o.finished);
}

void worker::tick(time_point now) {
  next_tick_ = now + tick_length;
  auto patience = std::chrono::nanoseconds(options_.timeout);
  if (interrupted_.load(std::memory_order_relaxed)) {
    pacer_->stop(now);
    cutoff_ = std::min(cutoff_, now);
    patience = std::min<std::chrono::nanoseconds>(patience, 1s);
  }
  if (now >= cutoff_) abandon_waiting(now);
  for (auto& c : connections_) c.expire(now, patience);
  while (now - start_ >= (second_ + 1) * 1s) report(now, false);
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
  while (const auto due = pacer_->take(now)) {
    outcome unsent;
    unsent.how = ending::unsent;
    unsent.scheduled = *due;
    unsent.begun = unsent.finished = now;
    recorder_.add(unsent);
  }
}

void worker::report(time_point now, bool last) {
  const auto due = options_.closed ? std::nullopt : pacer_->next_due();
  const auto behind =
      due ? std::max(now - *due, steady_clock::duration::zero()) : steady_clock::duration::zero();
  collector_.add(index_, second_++, recorder_, behind, last);
  recorder_.clear();
}

}  // namespace tailrace::load
