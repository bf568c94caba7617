// What becomes of jobs before threads, event by event on virtual time: arrivals ask
// admission::compute_queue for a place, threads take who was let in in the order they came.
#pragma once
#include "admission/compute_queue.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

#include "tests/support/manual_clock.hpp"

namespace tailrace::test {

struct arrival {
  duration at{};
  duration takes{};
  unsigned client = 0;
  duration patience = std::chrono::hours(1);
  duration fetch{};      // between being asked for and reaching the queue
  bool missing = false;  // it does not, as there is no such source
};

struct job_record {
  arrival of;
  bool fetched = false;   // let in before the fetch
  bool admitted = false;  // and after it
  errc refused{};         // unless admitted
  bool late = false;      // admitted, and refused when its turn came
  duration waited{};
};

inline admission::client_address numbered_client(unsigned n) {
  admission::client_address a{};
  a[0] = 0x20;
  a[1] = static_cast<unsigned char>(n);
  a[2] = static_cast<unsigned char>(n >> 8);
  return a;
}

class queue_simulation {
 public:
  queue_simulation(std::size_t threads, duration standing, duration burst)
      : queue_(threads, admission::wait_limit(standing, burst)), idle_(threads) {}

  // Records in the order of arrival.
  std::vector<job_record> run(const std::vector<arrival>& arrivals) {
    records_.assign(arrivals.size(), {});
    passes_.resize(arrivals.size());
    places_.resize(arrivals.size());
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      records_[i].of = arrivals[i];
      events_.push({arrivals[i].at, what::asks, i});
    }
    while (!events_.empty()) {
      const event next = events_.top();
      events_.pop();
      step(next);
    }
    return std::move(records_);
  }

  admission::compute_queue& queue() noexcept { return queue_; }

 private:
  enum class what { ends, asks, arrives };  // in this order at the same moment
  struct event {
    duration when;
    what kind;
    std::size_t index;
    bool operator>(const event& other) const noexcept {
      return std::tie(when, kind, index) > std::tie(other.when, other.kind, other.index);
    }
  };

  time_point at(duration t) const noexcept { return epoch_ + t; }

  void step(const event& e) {
    job_record& r = records_[e.index];
    const auto client = numbered_client(r.of.client);
    const deadline until(at(r.of.at + r.of.patience));
    if (e.kind == what::ends) return end(e);
    if (e.kind == what::asks) {
      auto asked = queue_.ask(client, until, at(e.when));
      r.fetched = asked.has_value();
      if (asked.has_error()) {
        r.refused = asked.error().code;
        return;
      }
      passes_[e.index] = std::make_unique<admission::compute_queue::pass>(std::move(*asked));
      return events_.push({e.when + r.of.fetch, what::arrives, e.index});
    }
    const auto pass = std::exchange(passes_[e.index], nullptr);
    if (r.of.missing) return;
    auto place = queue_.enter(std::move(*pass), until, at(e.when));
    r.admitted = place.has_value();
    if (place.has_error()) {
      r.refused = place.error().code;
      return;
    }
    places_[e.index] = std::make_unique<admission::compute_queue::place>(std::move(*place));
    waiting_.push_back(e.index);
    start_waiting(e.when);
  }

  void start_waiting(duration now) {
    while (idle_ > 0 && !waiting_.empty()) {
      const std::size_t i = waiting_.front();
      waiting_.pop_front();
      job_record& r = records_[i];
      r.waited = now - r.of.at - r.of.fetch;
      if (places_[i]->start_by().passed(at(now)) || places_[i]->gives_up(at(now))) {
        r.late = true;
        places_[i].reset();
        continue;
      }
      --idle_;
      events_.push({now + r.of.takes, what::ends, i});
    }
  }

  void end(const event& e) {
    ++idle_;
    places_[e.index]->ran(records_[e.index].of.takes);
    places_[e.index].reset();
    start_waiting(e.when);
  }

  const time_point epoch_ = manual_clock().now();
  admission::compute_queue queue_;
  std::size_t idle_;
  std::vector<job_record> records_;
  std::vector<std::unique_ptr<admission::compute_queue::pass>> passes_;
  std::vector<std::unique_ptr<admission::compute_queue::place>> places_;
  std::deque<std::size_t> waiting_;
  std::priority_queue<event, std::vector<event>, std::greater<>> events_;
};

// Poisson arrivals of one client from `from` to `to`, at `per_second`; jobs take `usual`, give or
// take a half.
inline std::vector<arrival> poisson(std::mt19937_64& random, unsigned client, duration from,
                                    duration to, double per_second, duration usual) {
  std::exponential_distribution<double> gap(per_second);
  std::uniform_real_distribution<double> factor(0.5, 1.5);
  std::vector<arrival> out;
  for (duration t = from;;) {
    t += std::chrono::duration_cast<duration>(std::chrono::duration<double>(gap(random)));
    if (t >= to) return out;
    arrival a;
    a.at = t;
    a.takes = std::chrono::duration_cast<duration>(usual * factor(random));
    a.client = client;
    out.push_back(a);
  }
}

// All whose sources are so far away.
inline std::vector<arrival> fetched(std::vector<arrival> all, duration fetch) {
  for (arrival& a : all) a.fetch = fetch;
  return all;
}

inline std::vector<arrival> both(std::vector<arrival> one, const std::vector<arrival>& two) {
  one.insert(one.end(), two.begin(), two.end());
  return one;
}

}  // namespace tailrace::test
