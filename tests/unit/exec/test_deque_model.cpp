// The deque, in every order of its accesses to memory and with every value that C++ lets a load
// return; and with each access made weaker or broken on purpose, to see that the search finds it.
#include "exec/deque.hpp"

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/exploration.hpp"
#include "tests/support/model_atomic.hpp"

namespace model = tailrace::test::model;
using model::value;

namespace {

// Written before the push and read after the take: what comes along with a job.
struct item {
  model::atomic<std::uint64_t> payload{0};
};

using tested_deque = tailrace::exec::deque<item, 2, model::atomic>;

constexpr std::size_t items_max = 4;
constexpr value refused = 0, accepted = 1, nothing = 0, stale = 99;

// One deque, and a program on it: the owner does `moves`, '+' to push the next item and '-' to
// pop, and then pops until nothing can be left; each thief steals a few times.
class scene {
 public:
  scene(const std::string& moves, std::size_t thieves, std::size_t steals) {
    auto& owner = program_.threads.emplace_back();
    for (const char move : moves)
      if (move == '+')
        add_push(owner);
      else
        add_pop(owner);
    for (std::size_t i = 0; i < pushes_; ++i) add_pop(owner);
    for (std::size_t t = 0; t < thieves; ++t) {
      auto& thief = program_.threads.emplace_back();
      for (std::size_t i = 0; i < steals; ++i)
        thief.push_back([this] { return number_of(deque_->steal()); });
    }
    program_.settle = [this](auto& ledger, std::size_t t, std::size_t operation, value v) {
      return settle(ledger, t == 0 ? pushed_by_[operation] : 0, v);
    };
    // All that were accepted were taken.
    program_.complete = [](std::uint64_t ledger) { return ledger >> 8 == (ledger & 0xff); };
  }

  model::exploration explore(std::vector<model::mutation> wrong = {}) {
    machine_.wrong = std::move(wrong);
    return {machine_, program_};
  }
  const auto& sites() const { return machine_.sites; }

 private:
  using operations = std::vector<std::function<value()>>;

  void add_push(operations& owner) {
    item& next = (*items_)[pushes_++];
    pushed_by_.push_back(pushes_);
    owner.push_back([this, &next] {
      next.payload.store(1, std::memory_order_relaxed);
      return deque_->push(&next) ? accepted : refused;
    });
  }
  void add_pop(operations& owner) {
    pushed_by_.push_back(0);
    owner.push_back([this] { return number_of(deque_->pop()); });
  }

  value number_of(item* taken) {
    if (taken == nullptr) return nothing;
    if (taken->payload.load(std::memory_order_relaxed) != 1) return stale;
    return static_cast<value>(taken - items_->data()) + 1;
  }

  // The ledger: a bit for each item accepted, and above them a bit for each taken.
  static bool settle(std::uint64_t& ledger, std::size_t pushed, value v) {
    if (pushed > 0) {
      if (v == accepted) ledger |= std::uint64_t{1} << pushed;
      return true;
    }
    if (v == nothing) return true;
    const std::uint64_t bit = std::uint64_t{256} << v;
    if (v == stale || (ledger & bit) != 0) return false;
    ledger |= bit;
    return true;
  }

  model::machine machine_;
  std::unique_ptr<tested_deque> deque_ = std::make_unique<tested_deque>();
  std::unique_ptr<std::array<item, items_max>> items_ =
      std::make_unique<std::array<item, items_max>>();
  model::program program_;
  std::size_t pushes_ = 0;
  std::vector<std::size_t> pushed_by_;  // by operation of the owner: the item's number, 0 for a pop
};

struct cast {
  const char* moves;
  std::size_t thieves, steals;
};

// Small enough to be searched again and again, and enough to find every mistake below.
constexpr cast small[] = {{"+-", 1, 1},   {"++-", 1, 1},   {"++-", 1, 2},  {"++-+", 1, 1},
                          {"++-+", 1, 2}, {"+++-+", 1, 2}, {"+-+-", 2, 1}, {"++-", 2, 1}};

bool found(const std::vector<model::mutation>& wrong) {
  for (const cast& c : small)
    if (scene(c.moves, c.thieves, c.steals).explore(wrong).failed()) return true;
  return false;
}

// The accesses of the deque's functions as "pop 2", in the order of the source.
std::map<std::string, model::site> sites_of_the_deque() {
  scene all("++-+", 1, 2);
  all.explore();
  std::map<std::string, model::site> named;
  for (const std::string function : {"push", "pop", "steal"}) {
    std::size_t n = 0;
    for (const auto& site : all.sites())
      if (site.function.find("::" + function + "(") != std::string::npos)
        named.emplace(function + " " + std::to_string(++n), site);
  }
  return named;
}

model::mutation weaker(const model::site& at) {
  auto order = std::memory_order_relaxed;
  if (at.order == std::memory_order_seq_cst) {
    order = std::memory_order_acq_rel;
    if (at.what == model::access::load) order = std::memory_order_acquire;
    if (at.what == model::access::store) order = std::memory_order_release;
  }
  return {at.line, at.column, order};
}

}  // namespace

TEST_CASE("every order of the accesses of an owner and thieves: each item is taken once") {
  // All that an owner can do in so many moves. The others would begin with a pop of nothing.
#ifdef TAILRACE_SANITIZED
  constexpr std::size_t moves_max = 3;
#else
  constexpr std::size_t moves_max = 4;
#endif
  std::vector<std::string> programs = {"+"};
  while (programs.front().size() < moves_max) {
    std::vector<std::string> longer;
    for (const auto& p : programs) longer.insert(longer.end(), {p + '+', p + '-'});
    programs = longer;
  }
  std::size_t states = 0;
  const auto search = [&states](const std::string& moves, std::size_t thieves, std::size_t steals) {
    CAPTURE(moves, thieves, steals);
    const auto all = scene(moves, thieves, steals).explore();
    CHECK_FALSE(all.failed());
    CHECK(all.ends() > 0);
    states += all.states();
  };
  for (const auto& moves : programs) {
    search(moves, 1, 2);
    search(moves, 2, 1);
  }
  if (moves_max == 4) search("++-", 2, 2);
  // A search that finds little has not looked.
  CHECK(states > 30'000);
}

TEST_CASE("each access of the deque is as strong as it has to be") {
  const auto sites = sites_of_the_deque();
  REQUIRE(sites.size() == 4 + 6 + 4);
  std::set<std::string> spare;
  for (const auto& [name, site] : sites) {
    CAPTURE(name);
    if (site.what != model::access::load) CHECK(found({{site.line, site.column, {}}}));
    if (site.order != std::memory_order_relaxed && !found({weaker(site)})) spare.insert(name);
  }
  // What the search does not find:
  // - push 2, the load of top_: to matter, the store to the cell would have to be seen before the
  //   thief has read it. This model has no such executions, C++ has.
  // - pop 5 and steal 4, the exchanges, and steal 1, the load of top_: one makes up for another, as
  //   the next test shows of the thief's.
  CHECK(spare == std::set<std::string>{"pop 5", "push 2", "steal 1", "steal 4"});
}

TEST_CASE("a thief is weak when neither its load of top nor its exchange is in the single order") {
  const auto sites = sites_of_the_deque();
  const auto load = weaker(sites.at("steal 1")), exchange = weaker(sites.at("steal 4"));
  CHECK_FALSE(found({load}));
  CHECK_FALSE(found({exchange}));
  CHECK(found({load, exchange}));
}
