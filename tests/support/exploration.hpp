// Every run of a small concurrent program on the memory of memory_model.hpp: all interleavings of
// the threads' accesses, and all values that each load may return. States that were reached
// another way before are not followed again.
#pragma once
#include "tests/support/memory_model.hpp"

namespace tailrace::test::model {

struct program {
  // For each thread what it does, one after the other.
  std::vector<std::vector<std::function<value()>>> threads;
  // Enters what an operation returned into the ledger; false when that must not happen.
  std::function<bool(std::uint64_t& ledger, std::size_t thread, std::size_t operation, value)>
      settle;
  // Whether the ledger is right once all threads have ended.
  std::function<bool(std::uint64_t ledger)> complete;
};

class exploration {
 public:
  exploration(machine& on, const program& p) : machine_(on), program_(p) {
    state first = on.start;
    first.sequential.resize(first.memory.size());
    first.threads.resize(p.threads.size());
    for (auto& t : first.threads) t.seen.resize(first.memory.size());
    reach(std::move(first));
    while (!todo_.empty() && !failed_) {
      const state s = std::move(todo_.back());
      todo_.pop_back();
      follow(s);
    }
  }

  // Whether some run ended wrong, or returned what it must not; the search stops there.
  bool failed() const { return failed_; }
  std::size_t states() const { return reached_.size(); }
  std::size_t ends() const { return ends_; }

 private:
  void reach(state s) {
    if (reached_.insert(key(s)).second) todo_.push_back(std::move(s));
  }

  void follow(const state& s) {
    bool all_ended = true;
    for (std::size_t t = 0; t < s.threads.size(); ++t) {
      const std::size_t operation = s.threads[t].operation;
      if (operation == program_.threads[t].size()) continue;
      all_ended = false;
      std::size_t alternative = 0;
      do {
        state next = s;
        if (!machine_.step(next, t, program_.threads[t][operation], alternative)) continue;
        if (machine_.ended()) {
          ++next.threads[t].operation;
          next.threads[t].read.clear();
          if (!program_.settle(next.ledger, t, operation, machine_.result)) failed_ = true;
        }
        reach(std::move(next));
      } while (++alternative < machine_.alternatives);
    }
    if (!all_ended) return;
    ++ends_;
    if (!program_.complete(s.ledger)) failed_ = true;
  }

  // Everything that the future depends on.
  static std::string key(const state& s) {
    std::string k;
    const auto number = [&k](std::uint64_t n) {
      k.append(reinterpret_cast<const char*>(&n), sizeof n);
    };
    const auto stamps = [&k](const view& v) {
      k.append(v.begin(), v.end());
      k.push_back('\xff');
    };
    for (const auto& values : s.memory) {
      number(values.size());
      for (const auto& m : values) number(m.bits), stamps(m.released);
    }
    stamps(s.sequential);
    for (const auto& t : s.threads) {
      number(t.operation);
      number(t.read.size());
      for (const value v : t.read) number(v);
      stamps(t.seen);
    }
    number(s.ledger);
    return k;
  }

  machine& machine_;
  const program& program_;
  std::unordered_set<std::string> reached_;
  std::vector<state> todo_;
  std::size_t ends_ = 0;
  bool failed_ = false;
};

}  // namespace tailrace::test::model
