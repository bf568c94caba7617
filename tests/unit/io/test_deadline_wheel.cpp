#include "io/deadline_wheel.hpp"

#include <memory>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"

using namespace std::chrono_literals;
using tailrace::deadline;
using tailrace::io::deadline_wheel;

namespace {

struct counted : deadline_wheel::entry {
  using entry::entry;
  void late() noexcept override { ++fired; }
  int fired = 0;
};

// Fires by destroying another entry, as closing a connection does.
struct destroyer : deadline_wheel::entry {
  destroyer(deadline_wheel& wheel, std::unique_ptr<counted>& v) : entry(wheel), victim(v) {}
  void late() noexcept override { victim.reset(); }
  std::unique_ptr<counted>& victim;
};

}  // namespace

TEST_CASE("an entry fires once, not before its deadline and at most a tick after") {
  tailrace::test::manual_clock clock;
  deadline_wheel wheel(clock.now());
  counted entry(wheel);
  entry.arm(deadline::after(clock.now(), 95ms));
  clock.advance(94ms);
  wheel.advance(clock.now());
  CHECK(entry.fired == 0);
  clock.advance(1ms + deadline_wheel::tick);
  wheel.advance(clock.now());
  CHECK(entry.fired == 1);
  clock.advance(1h);
  wheel.advance(clock.now());
  CHECK(entry.fired == 1);
}

TEST_CASE("moving a deadline later or earlier, and disarming, are obeyed") {
  tailrace::test::manual_clock clock;
  deadline_wheel wheel(clock.now());
  counted later(wheel), earlier(wheel), disarmed(wheel);
  for (auto* entry : {&later, &earlier, &disarmed}) entry->arm(deadline::after(clock.now(), 1s));
  later.arm(deadline::after(clock.now(), 3s));
  earlier.arm(deadline::after(clock.now(), 50ms));
  disarmed.disarm();
  auto run = [&](auto d) {
    for (const auto end = clock.now() + d; clock.now() < end;) {
      clock.advance(deadline_wheel::tick);
      wheel.advance(clock.now());
    }
  };
  run(100ms);
  CHECK(earlier.fired == 1);
  run(2800ms);
  CHECK(later.fired == 0);
  run(200ms);
  CHECK(later.fired == 1);
  CHECK(disarmed.fired == 0);
}

TEST_CASE("deadlines beyond one turn of the wheel fire on their own turn") {
  tailrace::test::manual_clock clock;
  deadline_wheel wheel(clock.now());
  counted entry(wheel);
  const auto turn = deadline_wheel::tick * static_cast<int>(deadline_wheel::slot_count);
  entry.arm(deadline::after(clock.now(), 5 * turn / 2));
  for (int i = 0; i < 2; ++i) {
    clock.advance(turn);
    wheel.advance(clock.now());
    CHECK(entry.fired == 0);
  }
  clock.advance(turn / 2 + deadline_wheel::tick);
  wheel.advance(clock.now());
  CHECK(entry.fired == 1);
}

TEST_CASE("a stall of many turns fires every late entry exactly once") {
  tailrace::test::manual_clock clock;
  deadline_wheel wheel(clock.now());
  std::vector<std::unique_ptr<counted>> entries;
  for (int i = 0; i < 3000; ++i) {
    entries.push_back(std::make_unique<counted>(wheel));
    entries.back()->arm(deadline::after(clock.now(), i * 7ms));
  }
  clock.advance(10min);
  wheel.advance(clock.now());
  for (const auto& entry : entries) CHECK(entry->fired == 1);
}

TEST_CASE("late() may destroy another entry that is due in the same tick") {
  tailrace::test::manual_clock clock;
  deadline_wheel wheel(clock.now());
  std::unique_ptr<counted> victim;
  destroyer first(wheel, victim);
  victim = std::make_unique<counted>(wheel);
  first.arm(deadline::after(clock.now(), 20ms));
  victim->arm(deadline::after(clock.now(), 20ms));
  clock.advance(100ms);
  wheel.advance(clock.now());
  CHECK(victim == nullptr);
}

TEST_CASE("expire_all ends what is armed, and what is armed later") {
  tailrace::test::manual_clock clock;
  deadline_wheel wheel(clock.now());
  counted far(wheel), later(wheel), idle(wheel);
  far.arm(deadline::after(clock.now(), 24h));
  wheel.expire_all();
  wheel.advance(clock.now());
  CHECK(far.fired == 1);
  later.arm(deadline::after(clock.now(), 24h));
  clock.advance(deadline_wheel::tick);
  wheel.advance(clock.now());
  CHECK(later.fired == 1);
  CHECK(idle.fired == 0);
}
