#include "api/hash_batcher.hpp"
#include "core/body.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/sha256_plans.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using api::hash_batcher;
using hash::sha256;
using test::openssl_digest;
using test::random_bytes;

namespace {

// An I/O thread with a batcher, whose loop goes as far as the test lets it.
struct stage {
  explicit stage(const hash::sha256_plan& p, duration wait_max = {})
      : plan(p), batcher(on, plan, wait_max) {}

  template <class T>
  void spawn(io::awaitable<T> what) {
    boost::asio::co_spawn(on.context, std::move(what), boost::asio::detached);
  }
  void run() {
    on.context.restart();
    on.context.poll();
  }

  test::manual_clock time;
  io::thread on{0, time};
  const hash::sha256_plan plan;
  hash_batcher batcher;
};

// A message that is digested in pieces of at most `piece` bytes.
struct message {
  message(std::string t, std::size_t p) : text(std::move(t)), piece(p) {}

  io::awaitable<void> digest(hash_batcher& by) {
    for (auto left = as_bytes(std::string_view(text)); !left.empty();) {
      const auto next = left.first(std::min(left.size(), piece));
      left = left.subspan(next.size());
      auto updating = by.update(state, next);
      co_await std::move(updating);
    }
    found = state.finish();
    done = true;
  }

  std::string text;
  std::size_t piece;
  sha256 state;
  sha256::digest found{};
  bool done = false;
};

using messages = std::vector<std::unique_ptr<message>>;

message& add(messages& all, std::string text, std::size_t piece = 1 << 20) {
  return *all.emplace_back(std::make_unique<message>(std::move(text), piece));
}

}  // namespace

TEST_CASE("messages of many coroutines are digested right, whatever pieces they come in") {
  const auto seed = Catch::rngSeed();
  CAPTURE(seed);
  std::mt19937_64 source(seed);
  for (const auto& [name, plan] : test::all_plans()) {
    CAPTURE(name);
    stage s(plan);
    messages all;
    for (int i = 0; i < 60; ++i)
      add(all, random_bytes(source, source() % (i % 5 == 0 ? 100'000 : 1000)),
          1 + source() % 20'000);
    for (auto& m : all) s.spawn(m->digest(s.batcher));
    s.run();
    for (auto& m : all) {
      CAPTURE(m->text.size(), m->piece);
      CHECK(m->found == openssl_digest(m->text));
    }
    const std::uint64_t together = s.batcher.lanes().bytes_together().value();
    CHECK((plan.lanes() > 1) == (together > 0));
    CHECK(s.on.context.stopped());
  }
}

TEST_CASE("a turn does not hold the loop for more than 128 KiB") {
  stage s(hash::measure_sha256_plan());
  std::mt19937_64 source(3);
  messages all;
  for (int i = 0; i < 32; ++i) add(all, random_bytes(source, 102'400));
  for (auto& m : all) s.spawn(m->digest(s.batcher));
  const auto hashed = [&] {
    const auto& lanes = s.batcher.lanes();
    return lanes.bytes_together().value() + lanes.bytes_alone().value();
  };
  std::uint64_t before = 0, most = 0;
  while (s.on.context.poll_one() > 0) {
    most = std::max(most, hashed() - before);
    before = hashed();
  }
  CHECK(before == 32 * 102'400);
  CHECK(most <= 128 << 10);
  for (auto& m : all) CHECK(m->found == openssl_digest(m->text));
}

TEST_CASE("a small message does not wait for the end of large ones that came before") {
  stage s(hash::measure_sha256_plan());
  messages all;
  for (int i = 0; i < 3; ++i) add(all, std::string(1'000'000, 'x'));
  message& small = add(all, "small");
  for (auto& m : all) s.spawn(m->digest(s.batcher));
  while (!small.done) REQUIRE(s.on.context.poll_one() > 0);
  CHECK_FALSE(all[0]->done);
  s.run();
  for (auto& m : all) CHECK(m->found == openssl_digest(m->text));
}

TEST_CASE("a turn waits for those that are expected, if it may") {
  const auto& plans = test::all_plans();
  for (const auto& [name, plan] : plans) {
    if (plan.lanes() == 1) continue;
    CAPTURE(name);
    stage s(plan, 1h);
    const hash_batcher::member one(s.batcher), other(s.batcher);
    messages all;
    message& first = add(all, std::string(5000, 'f'));
    message& second = add(all, std::string(5000, 's'));
    s.spawn(first.digest(s.batcher));
    s.run();
    CHECK_FALSE(first.done);
    s.spawn(second.digest(s.batcher));
    s.run();
    CHECK(first.found == openssl_digest(first.text));
    CHECK(second.found == openssl_digest(second.text));
  }
}

TEST_CASE("a turn waits no longer than it may") {
  stage s({}, 1us);
  const hash_batcher::member one(s.batcher), other(s.batcher);
  messages all;
  message& alone = add(all, std::string(5000, 'a'));
  s.spawn(alone.digest(s.batcher));
  s.on.context.run();
  CHECK(alone.found == openssl_digest(alone.text));
}

TEST_CASE("without a wait a turn comes behind what the loop has to do already, and no later") {
  stage s(hash::measure_sha256_plan());
  const hash_batcher::member one(s.batcher), other(s.batcher);
  messages all;
  message& first = add(all, std::string(5000, 'f'));
  s.spawn(first.digest(s.batcher));
  s.run();
  CHECK(first.found == openssl_digest(first.text));
}

TEST_CASE("going together pays from as many members on as the plan says") {
  const hash::sha256_kernel never_called{"sixteen", 16, nullptr};
  stage s(hash::sha256_plan(never_called, 3));
  CHECK_FALSE(s.batcher.pays());
  const hash_batcher::member one(s.batcher), two(s.batcher);
  CHECK_FALSE(s.batcher.pays());
  {
    const hash_batcher::member three(s.batcher);
    CHECK(s.batcher.pays());
  }
  CHECK_FALSE(s.batcher.pays());
}
