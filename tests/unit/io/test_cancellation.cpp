#include "io/cancellation.hpp"

#include <optional>

#include "tests/support/catch.hpp"

using namespace tailrace;

namespace {

struct counting : io::cancellation::waiter {
  void wake() noexcept override { ++woken; }
  int woken = 0;
};

}  // namespace

TEST_CASE("calling off wakes whoever waits, once, and tells jobs") {
  io::cancellation c;
  counting a, b, gone;
  std::optional<counting> destroyed(std::in_place);
  const cancel_flag seen_by_job = c.flag();
  for (counting* each : {&a, &b, &gone, &*destroyed}) each->join(&c);
  // Who has left, or is no more, is not woken.
  gone.leave();
  destroyed.reset();
  c.call_off(errc::client_gone);
  c.call_off(errc::draining);
  CHECK(a.woken == 1);
  CHECK(b.woken == 1);
  CHECK(gone.woken == 0);
  CHECK(seen_by_job.cancelled());
  CHECK(c.why() == errc::client_gone);
}

TEST_CASE("joining what was called off, or nothing, is for nothing") {
  io::cancellation c;
  counting a;
  a.join(nullptr);
  c.call_off(errc::draining);
  a.join(&c);
  CHECK(a.woken == 0);
  CHECK(c.why() == errc::draining);
}

TEST_CASE("a waiter that is woken may join another one") {
  io::cancellation first, second;
  struct hopping : io::cancellation::waiter {
    explicit hopping(io::cancellation& n) : next(n) {}
    void wake() noexcept override {
      ++woken;
      join(&next);
    }
    io::cancellation& next;
    int woken = 0;
  } h(second);
  h.join(&first);
  first.call_off(errc::client_gone);
  second.call_off(errc::client_gone);
  CHECK(h.woken == 2);
  h.leave();
}
