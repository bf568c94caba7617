// Runs small concurrent programs in every order there is, on memory as weak as C++ makes it.
//
// A thread is a list of operations that run the product's own code on model::atomic
// (model_atomic.hpp) instead of std::atomic. The code between two accesses depends on nothing but
// the values read so far, so a state of the whole is a plain value: what memory holds, and for each
// thread which operation it is in and what that has read. One step of a thread is its operation run
// again from its start, fed with the values it had, up to the first access that is new; what the
// rest of the run does is thrown away. No threads, no stacks, no jumps.
//
// Memory is that of views (Kang, Hur, Lahav, Vafeiadis and Dreyer, "A Promising Semantics for
// Relaxed-Memory Concurrency", POPL 2017), without promises: a location keeps all its values in
// their order, a load may return any that is no older than what the thread has seen of it, a
// release store carries the writer's view along, and an acquire load takes it over. Sequentially
// consistent accesses share a view of their own. Two things are not modelled, so mistakes that
// need them are not found: a load never returns a value that is stored later (load buffering),
// and the single order of sequentially consistent accesses is the order of the steps.
#pragma once
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <source_location>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

namespace tailrace::test::model {

using value = std::uint64_t;             // the bits of what an atomic holds
using location = std::size_t;            // numbered as they are constructed
using view = std::vector<std::uint8_t>;  // for each location, the oldest value that may be read

enum class access : std::uint8_t { load, store, exchange };

// An access in the code under test.
struct site {
  unsigned line;
  unsigned column;
  access what;
  std::memory_order order;
  std::string function;
  friend bool operator<(const site& a, const site& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  }
};

// What is done wrong on purpose at one site: a weaker order, or a store that does not happen, or
// an exchange that does not compare.
struct mutation {
  unsigned line, column;
  std::optional<std::memory_order> order;  // none: the access itself is broken
};

struct message {
  value bits;
  view released;
};

struct thread_state {
  std::size_t operation = 0;
  std::vector<value> read;  // by this operation
  view seen;
};

struct state {
  std::vector<std::vector<message>> memory;
  view sequential;  // what every sequentially consistent load has to see
  std::vector<thread_state> threads;
  std::uint64_t ledger = 0;  // the test's own account of what the operations returned
};

class machine;
inline machine* running = nullptr;  // the tests are single-threaded

// One operation at a time, and the one access in it that is new.
class machine {
 public:
  machine() { running = this; }
  ~machine() { running = nullptr; }
  machine(const machine&) = delete;
  machine& operator=(const machine&) = delete;

  location add(value initial) {
    start.memory.push_back({message{initial, {}}});
    return start.memory.size() - 1;
  }

  // Performs the next access of `thread`, in one of the ways there are for it: how many they are
  // is in `alternatives` afterwards. False when this one turned out impossible; `s` is garbage
  // then.
  bool step(state& s, std::size_t thread, const std::function<value()>& operation,
            std::size_t alternative) {
    state_ = &s;
    self_ = &s.threads[thread];
    replayed_ = 0;
    alternative_ = alternative;
    alternatives = 1;
    stepped_ = went_on_ = impossible_ = false;
    result = operation();
    return !impossible_;
  }
  std::size_t alternatives = 1;
  // Whether the operation ended with that access; then `result` is what it returned.
  bool ended() const { return !went_on_; }
  value result = 0;

  value load(location l, std::memory_order order, const std::source_location& where) {
    if (replayed_ < self_->read.size()) return self_->read[replayed_++];
    if (past()) return 0;
    order = at(where, access::load, order);
    const auto oldest = order == std::memory_order_seq_cst
                            ? std::max(self_->seen[l], state_->sequential[l])
                            : self_->seen[l];
    return keep(see(l, pick(l, oldest), order));
  }

  void store(location l, value bits, std::memory_order order, const std::source_location& where) {
    // Takes a place among the values read, so that a store is a step, too.
    if (replayed_ < self_->read.size()) return void(replayed_++);
    if (past()) return;
    order = at(where, access::store, order);
    if (!broken_) append(l, bits, order, {});
    keep(0);
  }

  // A strong compare-and-swap. What it found is in `expected`, whether it equalled is returned.
  bool exchange(location l, value& expected, value desired, std::memory_order order,
                std::memory_order failure, const std::source_location& where) {
    if (replayed_ < self_->read.size()) {
      const value found = self_->read[replayed_++];
      return self_->read[replayed_++] != 0 || (expected = found, false);
    }
    if (past()) return true;  // so that loops around it end
    order = at(where, access::exchange, order);
    const std::size_t last = state_->memory[l].size() - 1;
    const std::size_t read = pick(l, self_->seen[l]);
    const value found = state_->memory[l][read].bits;
    const bool equal = found == expected || broken_;
    // It succeeds on the newest value alone, and does not fail where it finds what it expects.
    if (equal && read != last) impossible_ = true;
    see(l, read, equal ? order : failure);
    if (equal) append(l, desired, order, state_->memory[l][read].released);
    keep(found);
    keep(equal);
    if (!equal) expected = found;
    return equal;
  }

  state start;
  std::vector<mutation> wrong;
  std::set<site> sites;  // those reached so far

 private:
  static bool acquires(std::memory_order o) {
    return o != std::memory_order_relaxed && o != std::memory_order_release;
  }
  static bool releases(std::memory_order o) {
    return o != std::memory_order_relaxed && o != std::memory_order_acquire;
  }
  static void join(view& into, const view& other) {
    for (std::size_t i = 0; i < other.size(); ++i) into[i] = std::max(into[i], other[i]);
  }

  bool past() { return std::exchange(stepped_, true) && (went_on_ = true); }

  value keep(value read) {
    self_->read.push_back(read);
    replayed_ = self_->read.size();
    return read;
  }

  std::memory_order at(const std::source_location& where, access what, std::memory_order order) {
    sites.insert({where.line(), where.column(), what, order, where.function_name()});
    broken_ = false;
    for (const mutation& m : wrong) {
      if (m.line != where.line() || m.column != where.column()) continue;
      broken_ = !m.order;
      return m.order.value_or(order);
    }
    return order;
  }

  // The newest value is the first alternative, and so on back to the oldest.
  std::size_t pick(location l, std::size_t oldest) {
    const std::size_t last = state_->memory[l].size() - 1;
    alternatives = last - oldest + 1;
    return last - alternative_;
  }

  value see(location l, std::size_t read, std::memory_order order) {
    const message& m = state_->memory[l][read];
    const auto stamp = static_cast<std::uint8_t>(read);
    self_->seen[l] = std::max(self_->seen[l], stamp);
    if (acquires(order)) join(self_->seen, m.released);
    if (order == std::memory_order_seq_cst)
      state_->sequential[l] = std::max(state_->sequential[l], stamp);
    return m.bits;
  }

  // `continued`: the view of the release sequence that a read-modify-write goes on with.
  void append(location l, value bits, std::memory_order order, view continued) {
    auto& values = state_->memory[l];
    self_->seen[l] = static_cast<std::uint8_t>(values.size());
    if (order == std::memory_order_seq_cst) state_->sequential[l] = self_->seen[l];
    if (releases(order)) {
      continued.resize(self_->seen.size());
      join(continued, self_->seen);
    }
    values.push_back({bits, std::move(continued)});
  }

  state* state_ = nullptr;
  thread_state* self_ = nullptr;
  std::size_t replayed_ = 0, alternative_ = 0;
  bool stepped_ = false, went_on_ = false, impossible_ = false, broken_ = false;
};

}  // namespace tailrace::test::model
