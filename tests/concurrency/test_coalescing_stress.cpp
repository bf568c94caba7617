// Readers on several I/O threads share flights, join late, leave early, read slowly.
#include "fetch/coalescing_fetcher.hpp"
#include "net/io_pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "tests/concurrency/stress.hpp"
#include "tests/support/catch.hpp"

using namespace tailrace;

namespace {

constexpr std::size_t threads = 3;
constexpr std::size_t window = 128 << 10;

// Byte number i behind a URL; URLs end in a digit, which makes their content.
std::byte byte_at(const std::string& url, std::uint64_t i) {
  return static_cast<std::byte>((i * 31 + i / 251) ^ static_cast<unsigned char>(url.back()));
}

// Sends a body of a length that the URL's last digit says, in pieces of random sizes, sometimes
// with a turn of the loop between. On its own thread.
class generator final : public fetch::fetcher {
 public:
  generator(io::thread& on, unsigned seed) : thread_(on), random_(seed) {}

  io::awaitable<result<std::unique_ptr<fetch::source>>> open(const fetch::request& r) override {
    opened.fetch_add(1, std::memory_order_relaxed);
    auto turning = turn();
    co_await std::move(turning);
    if (r.called_off != nullptr && r.called_off->called_off()) co_return error(errc::client_gone);
    if (r.url.back() == '0') co_return error(errc::source_not_found);
    auto made = std::make_unique<body>(*this, r);
    co_return std::unique_ptr<fetch::source>(std::move(made));
  }

  std::atomic<unsigned> opened{0};

 private:
  class body final : public fetch::source {
   public:
    body(generator& g, const fetch::request& r)
        : from_(g),
          url_(r.url),
          called_off_(r.called_off),
          left_(static_cast<std::uint64_t>(r.url.back() - '0') * 60'000) {
      head_.size = left_;
    }

    void serve(deadline, io::cancellation* called_off) noexcept override {
      called_off_ = called_off;
    }

    io::awaitable<result<std::size_t>> read_some(std::span<std::byte> room) override {
      if (from_.random_() % 4 == 0) {
        auto turning = from_.turn();
        co_await std::move(turning);
      }
      if (called_off_ != nullptr && called_off_->called_off()) co_return error(errc::client_gone);
      const std::uint64_t most = std::min<std::uint64_t>(room.size(), 1 + from_.random_() % 50'000);
      const auto n = static_cast<std::size_t>(std::min(left_, most));
      for (std::size_t i = 0; i < n; ++i) room[i] = byte_at(url_, sent_ + i);
      sent_ += n;
      left_ -= n;
      co_return n;
    }

   private:
    generator& from_;
    const std::string url_;
    io::cancellation* called_off_;
    std::uint64_t sent_ = 0;
    std::uint64_t left_;
  };

  io::awaitable<void> turn() {
    const auto executor = thread_.context.get_executor();
    auto posted = boost::asio::post(executor, io::use_awaitable);
    co_await std::move(posted);
  }

  io::thread& thread_;
  std::mt19937 random_;
};

struct tally {
  std::atomic<unsigned> whole{0}, refused{0}, left{0}, wrong{0};
};

// What one thread has of its own.
struct station {
  station(io::thread& t, fetch::flight_table& all, admission::budget& memory, unsigned seed)
      : on(t),
        origin(t, seed),
        fetcher(origin, all, t, memory, window, counts),
        random(seed + 100) {}

  io::awaitable<void> read(std::string url, unsigned patience, tally& sum,
                           [[maybe_unused]] io::gate::pass inside) {
    io::cancellation gone;
    fetch::request r(std::move(url));
    r.called_off = &gone;
    auto opening = fetcher.open(r);
    auto opened = co_await std::move(opening);
    if (opened.has_error()) {
      ++(opened.error().code == errc::source_not_found ? sum.refused : sum.wrong);
      co_return;
    }
    std::vector<std::byte> room(1 + random() % 100'000);
    std::uint64_t have = 0;
    for (unsigned reads = 0;; ++reads) {
      if (reads == patience) {
        ++sum.left;
        co_return;
      }
      auto reading = (*opened)->read_some(room);
      const auto n = co_await std::move(reading);
      if (n.has_error()) ++sum.wrong;
      if (n.has_error()) co_return;
      if (*n == 0) break;
      for (std::size_t i = 0; i < *n; ++i)
        if (room[i] != byte_at(r.url, have + i)) ++sum.wrong;
      have += *n;
      if (random() % 8 == 0) test::dawdle(random, 100'000);
    }
    ++(have == (*opened)->size() ? sum.whole : sum.wrong);
  }

  void start(unsigned count, tally& sum) {
    for (unsigned i = 0; i < count; ++i) {
      std::string url = "http://a.example/" + std::to_string(random() % 10);
      const unsigned patience = random() % 5 == 0 ? random() % 6 : 1'000'000;
      io::gate::pass inside(on.coroutines);
      boost::asio::co_spawn(on.context, read(std::move(url), patience, sum, std::move(inside)),
                            boost::asio::detached);
    }
  }

  io::thread& on;
  generator origin;
  fetch::stats counts;
  fetch::coalescing_fetcher fetcher;
  std::mt19937 random;
};

}  // namespace

TEST_CASE("readers on several threads share flights and each gets every byte, in order") {
  // With memory for all, and with so little that flights disband in the middle.
  for (const std::uint64_t memory_bytes : {std::uint64_t{64} << 20, std::uint64_t{256} << 10}) {
    const unsigned seed = std::random_device()();
    INFO("seed " << seed << ", memory " << memory_bytes);
    const auto rounds = static_cast<unsigned>(test::scaled(40));
    constexpr unsigned readers = 20;
    tally sum;
    admission::budget memory(memory_bytes);
    steady_clock time;
    fetch::flight_table all;
    net::io_pool pool("test", threads, time);
    std::vector<std::unique_ptr<station>> stations;
    for (std::size_t i = 0; i < threads; ++i)
      stations.push_back(
          std::make_unique<station>(pool.at(i), all, memory, seed + static_cast<unsigned>(i)));
    pool.start();
    for (unsigned round = 0; round < rounds; ++round)
      for (auto& s : stations)
        boost::asio::post(s->on.context, [&s = *s, &sum] { s.start(readers, sum); });
    const auto busy = pool.count_busy();
    while (busy->load() > 0) std::this_thread::yield();
    pool.join();
    std::uint64_t opened = 0, joined = 0, left_behind = 0;
    for (auto& s : stations) {
      opened += s->origin.opened.load();
      joined += s->counts.coalesced.value();
      left_behind += s->counts.left_behind.value();
    }
    CHECK(sum.wrong == 0);
    CHECK(sum.whole + sum.refused + sum.left == rounds * readers * threads);
    CHECK(all.size() == 0);
    CHECK(memory.used() == 0);
    CHECK(joined > 0);
    CHECK(opened == rounds * readers * threads - joined + left_behind);
    if (memory_bytes < (1 << 20)) CHECK(left_behind > 0);
  }
}
