// A thread with coalescing in front of an origin that the test plays, on virtual time.
#pragma once
#include "fetch/coalescing_fetcher.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <chrono>
#include <memory>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/fake_fetcher.hpp"
#include "tests/support/manual_clock.hpp"

namespace tailrace::test {

inline constexpr std::size_t window = 256 << 10;

// One request and what it has got so far.
struct reader {
  explicit reader(std::string url) : asked(std::move(url)) { asked.called_off = &gone; }

  io::awaitable<void> run(fetch::fetcher& from) {
    auto opening = from.open(asked);
    auto opened = co_await std::move(opening);
    if (opened.has_error()) {
      failed = opened.error();
      ended = true;
      co_return;
    }
    head = (*opened)->head();
    std::vector<std::byte> room(room_bytes);
    for (;;) {
      while (paused || steps == 0) {
        auto waiting = go_on->wait();
        co_await std::move(waiting);
      }
      --steps;
      auto reading = (*opened)->read_some(room);
      const auto n = co_await std::move(reading);
      if (n.has_error()) failed = n.error();
      if (n.has_error() || *n == 0) break;
      body.append(reinterpret_cast<const char*>(room.data()), *n);
    }
    ended = true;
  }

  fetch::request asked;
  io::cancellation gone;
  std::size_t room_bytes = 50'000;
  bool paused = false;
  std::size_t steps = 1'000'000'000;  // reads to go
  std::unique_ptr<io::bell> go_on;

  std::optional<fetch::source_head> head;
  std::string body;
  std::optional<error> failed;
  bool ended = false;
};

// A thread with coalescing in front of an origin that the test plays.
struct scene {
  explicit scene(std::uint64_t memory_bytes = 1 << 30) : memory(memory_bytes) {}
  ~scene() {
    // Every reader has ended, or is called off; so do their flights.
    for (auto& r : readers) r->gone.call_off(errc::client_gone);
    for (auto& r : readers) {
      r->paused = false;
      r->steps = 1'000'000'000;
    }
    for (auto& r : readers) r->go_on->ring();
    run();
    CHECK(on.coroutines.inside() == 0);
    CHECK(all.size() == 0);
    CHECK(memory.used() == 0);
  }

  reader& start(std::string url = "http://a.example/x", bool paused = false) {
    return start(std::make_unique<reader>(std::move(url)), paused);
  }
  reader& start(std::unique_ptr<reader> made, bool paused = false) {
    reader& r = *made;
    readers.push_back(std::move(made));
    r.paused = paused;
    r.go_on = std::make_unique<io::bell>(on);
    boost::asio::co_spawn(on.context, r.run(fetcher), boost::asio::detached);
    run();
    return r;
  }

  void run() {
    on.context.restart();
    on.context.poll();
  }
  void pass(duration time_passing) {
    for (duration d{}; d < time_passing; d += std::chrono::milliseconds(10)) {
      time.advance(std::chrono::milliseconds(10));
      on.wheel.advance(time.now());
      run();
    }
  }
  fake_fetcher::visit& visit(std::size_t i) { return *origin.visits.at(i); }

  manual_clock time;
  io::thread on{0, time};
  admission::budget memory;
  fetch::stats counts;
  fetch::flight_table all;
  fake_fetcher origin{on};
  fetch::coalescing_fetcher fetcher{origin, all, on, memory, window, counts};
  std::vector<std::unique_ptr<reader>> readers;
};

inline std::string bytes(std::size_t size, char first = 'a') {
  std::string s(size, first);
  for (std::size_t i = 0; i < size; ++i) s[i] = static_cast<char>(first + (i * 7 + i / 1000) % 26);
  return s;
}

}  // namespace tailrace::test
