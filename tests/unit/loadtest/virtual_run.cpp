#include "tests/unit/loadtest/virtual_run.hpp"

#include <deque>
#include <queue>

#include "tests/unit/loadtest/plans.hpp"

namespace tailrace::test {

using namespace std::chrono_literals;
using namespace load;
using time_point = ticket::time_point;

namespace {

constexpr time_point never = time_point::max();

struct ends_later {
  bool operator()(const outcome& a, const outcome& b) const { return a.finished > b.finished; }
};

// One worker, as load::worker does it, with time that goes from event to event.
class virtual_worker {
 public:
  virtual_worker(const plan& p, unsigned index, const virtual_server& server, collector& into)
      : plan_(p),
        index_(index),
        server_(server),
        into_(into),
        pacer_(p, index, run_start),
        due_(p, index, run_start),
        books_(p, run_start) {
    idle_since_.assign(p.connections_of(index), run_start);
  }

  std::vector<outcome> run() {
    while (pacer_.next_due() || !running_.empty()) {
      const time_point start = next_start();
      const time_point end = running_.empty() ? never : running_.top().finished;
      // A connection that becomes free takes what waits at that moment.
      advance(std::min({start, end, cutoff_ > now_ && pacer_.next_due() ? cutoff_ : never}));
      if (end == now_) {
        finish();
      } else if (now_ >= cutoff_) {
        abandon();
      } else if (start == now_) {
        begin();
      }
    }
    report();
    into_.finish(index_, books_);
    return std::move(outcomes_);
  }

 private:
  time_point next_start() const {
    const auto due = pacer_.next_due();
    return due && !idle_since_.empty() ? std::max(*due, now_) : never;
  }

  time_point second_end() const { return run_start + (second_ + 1) * 1s; }

  void advance(time_point to) {
    while (to >= second_end()) report();
    now_ = to;
    due_.keep_pace(now_);
  }

  void begin() {
    const auto t = pacer_.take(now_);
    if (!t) return;  // the end of a closed loop
    books_.offered(*t);
    due_.sent();
    outcome o;
    o.ticket = *t;
    o.begun = now_;
    o.queued = waited(*t, idle_since_.front());
    idle_since_.pop_front();
    const virtual_answer a = server_(*t, now_ - run_start);
    const bool in_time = a.takes <= plan_.timeout;
    o.how = in_time ? a.how : ending::timeout;
    o.status = answered(o.how) ? a.status : 0;
    o.finished = now_ + (in_time ? a.takes : std::chrono::nanoseconds(plan_.timeout));
    running_.push(o);
  }

  void finish() {
    outcomes_.push_back(running_.top());
    running_.pop();
    books_.ended(outcomes_.back());
    idle_since_.push_back(now_);
  }

  void abandon() {
    while (const auto t = pacer_.take(now_)) {
      books_.offered(*t);
      outcome o;
      o.ticket = *t;
      o.how = ending::unsent;
      o.begun = o.finished = now_;
      outcomes_.push_back(o);
      books_.ended(o);
    }
  }

  void report() {
    const unsigned limit = books_.closable(pacer_.next_due(), now_);
    live_second part{books_.take_live(), running_.size(), 0s};
    part.ended.offered = due_.take(second_end());
    auto closed = books_.take_closed(limit);
    into_.add(index_, second_++, part, std::move(closed), books_.closed_below(limit));
  }

  const plan& plan_;
  unsigned index_;
  const virtual_server& server_;
  collector& into_;
  pacer pacer_;
  due_count due_;
  ledger books_;
  time_point now_ = run_start;
  time_point cutoff_ = run_start + plan_.cutoff();
  unsigned second_ = 0;
  std::deque<time_point> idle_since_;
  std::priority_queue<outcome, std::vector<outcome>, ends_later> running_;
  std::vector<outcome> outcomes_;
};

}  // namespace

virtual_result run_virtually(const plan& p, const virtual_server& server) {
  collector into(p);
  virtual_result v;
  for (unsigned i = 0; i < p.threads; ++i) {
    const auto share = virtual_worker(p, i, server, into).run();
    v.outcomes.insert(v.outcomes.end(), share.begin(), share.end());
  }
  while (const auto second = into.next()) v.result.live.push_back(*second);
  v.result.found = into.total();
  v.result.kinds = p.kinds.size();
  v.result.elapsed = p.length();
  return v;
}

}  // namespace tailrace::test
