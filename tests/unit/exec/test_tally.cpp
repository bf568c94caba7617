// Walks through every state that the workers of one executor can reach together, and checks in
// each that no wake-up was lost. The real thing does these same steps, each in one atomic
// operation, so what holds here for every order holds there.
#include "exec/tally.hpp"

#include <set>
#include <tuple>
#include <vector>

#include "tests/support/catch.hpp"

using tailrace::exec::tally;

namespace {

struct world {
  tally t;
  unsigned looking = 0;  // between jobs, not searching
  unsigned busy = 0;
  unsigned left = 0;

  auto key() const { return std::tuple(t.pack(), looking, busy, left); }
  friend bool operator<(const world& a, const world& b) { return a.key() < b.key(); }
};

class walk {
 public:
  walk(unsigned workers, unsigned capacity) : workers_(workers), capacity_(capacity) {
    world first;
    first.looking = workers;
    reach(first);
    while (!todo_.empty()) {
      const world w = todo_.back();
      todo_.pop_back();
      outside(w);
      if (w.looking > 0) worker(w, false);
      if (w.t.searching > 0) worker(w, true);
      if (w.busy > 0) {
        world next = w;
        --next.busy, ++next.looking;
        reach(next);
      }
    }
  }

  const std::set<world>& reached() const { return reached_; }

 private:
  void reach(const world& w) {
    if (reached_.insert(w).second) todo_.push_back(w);
  }

  void outside(const world& w) {
    if (w.t.closed) return;
    world closed = w;
    closed.t.close();
    reach(closed);
    if (w.t.pending == capacity_) return;
    world more = w;
    more.t.accept();
    reach(more);
  }

  // What a worker without a job may do: find one, start searching, or come to rest.
  void worker(const world& w, bool searching) {
    if (w.t.pending > 0) {
      world found = w;
      if (!searching) --found.looking;
      found.t.begin_job(searching);
      ++found.busy;
      reach(found);
    }
    world next = w;
    if (!searching && next.t.begin_search(workers_)) {
      --next.looking;
      reach(next);
      return;
    }
    next = w;
    const auto rest = next.t.begin_rest(searching);
    if (rest == tally::rest::stay) return;
    if (!searching) --next.looking;
    if (rest == tally::rest::leave) ++next.left;
    reach(next);
  }

  const unsigned workers_;
  const unsigned capacity_;
  std::set<world> reached_;
  std::vector<world> todo_;
};

}  // namespace

TEST_CASE("whatever the order of events, a waiting job has somebody looking for it") {
  const unsigned workers = GENERATE(1U, 2U, 3U, 5U);
  const walk all(workers, 4);
  CHECK(all.reached().size() > 20);
  for (const world& w : all.reached()) {
    const tally& t = w.t;
    CAPTURE(t.pending, t.searching, t.parked, t.closed, w.looking, w.busy, w.left);
    // Every worker is somewhere.
    CHECK(w.looking + w.busy + w.left + t.searching + t.parked == workers);
    // The invariant, and what it is for.
    if (t.pending > 0 && t.parked > 0) CHECK(t.searching > 0);
    if (t.pending > 0) CHECK(w.looking + w.busy + t.searching > 0);
    // At most half search, but when all are woken to leave.
    if (!t.closed) CHECK(t.searching <= (workers + 1) / 2);
    // Nobody leaves early, nobody is forgotten asleep.
    if (w.left > 0) CHECK((t.closed && t.pending == 0));
    if (t.closed && t.pending == 0) CHECK(t.parked == 0);
  }
}

TEST_CASE("a submit wakes one sleeper, and none while somebody searches") {
  tally t;
  t.parked = 3;
  CHECK(t.accept() == 1);
  CHECK(t.accept() == 0);
  // The one that was woken finds a job while another waits, and passes the wake-up on.
  CHECK(t.begin_job(true) == 1);
  // The last job needs nobody else.
  CHECK(t.begin_job(true) == 0);
  CHECK(t.parked == 1);
}

TEST_CASE("a tally survives packing at its limits") {
  tally t;
  t.pending = tally::pending_max;
  t.searching = tally::workers_max;
  t.parked = tally::workers_max;
  for (const bool closed : {false, true}) {
    t.closed = closed;
    CHECK(tally::unpack(t.pack()) == t);
  }
}
