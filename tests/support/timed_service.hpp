// One I/O thread's part of the service, complete from the session to the origin, on the test's own
// thread and on virtual time: the clock moves when the test says so, or by a tick with each look
// that a worker takes at it. Origins and name servers are real ones of the test.
#pragma once
#include "api/context.hpp"
#include "api/pipeline.hpp"
#include "fetch/coalescing_fetcher.hpp"
#include "fetch/live_fetcher.hpp"
#include "fetch/tls.hpp"
#include "net/edge.hpp"
#include "net/session_host.hpp"

#include <array>
#include <atomic>
#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/images.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/watchdog.hpp"

namespace tailrace::test {

class ticking_clock final : public clock {
 public:
  time_point now() const noexcept override {
    const bool worker = std::this_thread::get_id() != home_;
    const duration tick = worker ? worker_tick.load() : duration::zero();
    const duration at = base_.fetch_add(tick.count()) * duration(1);
    return time_point{} + std::chrono::hours(1) + at + (counts_cpu ? cpu_time() : duration::zero());
  }
  void advance(duration d) noexcept { base_ += d.count(); }

  std::atomic<duration> worker_tick{duration::zero()};
  bool counts_cpu = false;  // the test's thread computes in no time otherwise

 private:
  static duration cpu_time() noexcept {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  }

  const std::thread::id home_ = std::this_thread::get_id();
  mutable std::atomic<duration::rep> base_{0};
};

// Milliseconds by name, as an answer's Server-Timing has them; those that overlap apart.
struct server_timing {
  std::map<std::string, double> spent;
  double beside = 0;
  double total = 0;

  double of(const std::string& name) const {
    const auto found = spent.find(name);
    return found == spent.end() ? 0 : found->second;
  }
  double sum() const {
    double all = 0;
    for (const auto& [name, ms] : spent) all += ms;
    return all;
  }
  static server_timing in(const std::string& answer);
};

inline server_timing server_timing::in(const std::string& answer) {
  server_timing out;
  const std::string name = "\r\nServer-Timing: ";
  auto at = answer.find(name);
  REQUIRE(at != answer.npos);
  std::string left = answer.substr(at + name.size());
  left.resize(left.find("\r\n"));
  while (!left.empty()) {
    const std::string entry = left.substr(0, left.find(", "));
    left.erase(0, entry.size() + 2);
    const auto dur = entry.find(";dur=");
    REQUIRE(dur != entry.npos);
    const double ms = std::stod(entry.substr(dur + 5));
    const std::string of = entry.substr(0, dur);
    if (of == "total")
      out.total = ms;
    else if (entry.find(";desc=\"overlaps\"") != entry.npos)
      out.beside += ms;
    else
      out.spent[of] += ms;
  }
  return out;
}

class timed_service {
 public:
  static settings usual() {
    settings s = may_ask_loopback();
    s.io_threads = 1;
    s.long_queue_wait_ms_max = 60;
    s.long_queue_burst_wait_ms_max = 240;
    s.requests_in_flight_max = 100;
    s.memory_budget_bytes = 1 << 30;
    return s;
  }

  explicit timed_service(settings s = usual(), const std::string& dns_servers = {});
  ~timed_service();

  // A client's request under way. Its answer grows as the loop runs.
  struct asking {
    int socket = -1;
    std::string answer;
    bool whole() const;
  };
  asking& ask(const std::string& request);
  asking& get(const std::string& target) { return ask(test::get(target)); }
  void send(const asking& a, const std::string& more) {
    REQUIRE(::send(a.socket, more.data(), more.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(more.size()));
  }

  // Runs one handler after the other until `ready`; `between` is called behind each.
  template <class Ready, class Between>
  void run_until(Ready ready, Between between) {
    while (!ready()) {
      thread.context.restart();
      if (thread.context.poll_one() == 0) thread.context.run_one_for(std::chrono::milliseconds(1));
      for (auto& each : clients_) receive(*each);
      between();
    }
  }
  template <class Ready>
  void run_until(Ready ready) {
    run_until(ready, [] {});
  }
  void pass(duration d) {
    time.advance(d);
    thread.wheel.advance(time.now());
  }

  void pass_and_settle(duration d);

  // Which step the fetch of that number is at; none when it has been opened, or failed.
  std::optional<tailrace::stage> step(std::size_t fetch) const;
  std::size_t fetches() const noexcept { return spy_.seen.size(); }

  ticking_clock time;

 private:
  // What never comes ends the program; the last to go, since the destructor waits as well.
  const watchdog alive_{"timed service"};

  // Sees the fetches that go to origins.
  struct spy final : fetch::fetcher {
    explicit spy(fetch::fetcher& i) noexcept : inner(i) {}
    io::awaitable<result<std::unique_ptr<fetch::source>>> open(const fetch::request& r) override;
    fetch::fetcher& inner;
    std::vector<const fetch::progress*> seen;  // null when it has ended
  };
  static void receive(asking& a);
  static log_options no_log() {
    log_options options;
    options.level = log_level::off;
    return options;
  }
  static exec::lanes_options one_of_each() {
    image_engine();
    exec::lanes_options options;
    options.short_threads = options.long_threads = 1;
    options.on_thread_end = [] { image::engine::leave_thread(); };
    return options;
  }

  const settings settings_;
  logger log_{no_log()};

 public:
  exec::lanes lanes{time, one_of_each()};
  api::shared shared;
  io::thread thread{0, time};

 private:
  fetch::address_policy policy_;
  boost::asio::ssl::context tls_;
  fetch::live_fetcher live_;
  spy spy_{live_};
  fetch::flight_table flights_;
  fetch::coalescing_fetcher fetcher_;

 public:
  metrics::http_cells cells{api::routes.size()};

 private:
  api::context context_;
  api::pipeline pipeline_;
  net::edge edge_;
  net::session_host host_;
  std::vector<std::unique_ptr<asking>> clients_;
};

// What an answer of that status says, whose stages sum to its total.
server_timing timing_of(const timed_service::asking& asked, const std::string& status = "200 ");

}  // namespace tailrace::test
