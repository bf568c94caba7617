// One slow or dead origin costs the others nothing, and is not asked more for it.
#include <boost/asio/co_spawn.hpp>

#include <chrono>
#include <future>
#include <memory>

#include "tests/support/catch.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/service.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using fetch::outcome;
using test::fetching;
using test::ok;
using test::origin;
using test::script;
using test::status;

namespace {

script always(std::string bytes) {
  return script().serve([bytes](const std::string&) { return bytes; });
}

script answering(std::string bytes) {
  return script().request().send(std::move(bytes));
}

settings narrow(unsigned connections, unsigned waiting) {
  auto s = fetching::short_limits();
  s.origin_connections_max = connections;
  s.origin_waiting_max = waiting;
  return s;
}

void check_failed(const test::fetched& f, errc code) {
  REQUIRE(f.failed);
  INFO(f.failed->detail);
  CHECK(name_of(f.failed->code) == name_of(code));
}

// A fetch that goes on beside others.
class running {
 public:
  running(fetching& f, const std::string& url, deadline until = {}) : fetching_(f) {
    fetch::request r(url);
    r.until = std::min(until, deadline::after(std::chrono::steady_clock::now(), 20s));
    r.called_off = &cancellation_;
    auto fetch = test::fetch_whole(f.fetcher(), std::move(r), 65536);
    boost::asio::co_spawn(f.loop().thread().context, std::move(fetch),
                          [this](std::exception_ptr, test::fetched got) { got_ = std::move(got); });
  }
  running(const running&) = delete;
  running& operator=(const running&) = delete;
  ~running() {
    call_off();
    wait();
  }

  void call_off() { cancellation_.call_off(errc::client_gone); }
  const test::fetched& wait() {
    fetching_.loop().run_until([this] { return got_.has_value(); });
    return *got_;
  }

 private:
  fetching& fetching_;
  io::cancellation cancellation_;
  std::optional<test::fetched> got_;
};

using all_running = std::vector<std::unique_ptr<running>>;

void start(all_running& all, fetching& f, const std::string& url) {
  all.push_back(std::make_unique<running>(f, url));
}

}  // namespace

TEST_CASE("an origin that stalls uses up its own connections and places, nobody else's") {
  origin slow({script().request().stall()});
  origin quick({always(ok("quick"))});
  fetching f(narrow(2, 2));
  all_running stuck;
  for (int i = 0; i < 4; ++i) start(stuck, f, slow.url("/"));
  f.loop().run_until(
      [&] { return slow.requests().size() == 2 && f.counts().waiting.value() == 2; });
  // The fifth is refused at once; the other origin answers meanwhile.
  check_failed(f.get(slow.url("/")), errc::origin_busy);
  for (int i = 0; i < 5; ++i) CHECK(f.get(quick.url("/")).body == "quick");
  for (auto& each : stuck) {
    each->call_off();
    check_failed(each->wait(), errc::client_gone);
  }
  CHECK(f.counts().waiting.value() == 0);
  CHECK(f.counts().connections_active.value() == 0);
  CHECK(f.counts().count(outcome::busy) == 1);
  CHECK(f.counts().count(outcome::ok) == 5);
}

TEST_CASE("who waits is served in turn, on the connection that became free") {
  std::promise<void> release;
  auto released = release.get_future().share();
  origin o({script().serve([&](const std::string&) {
    released.wait();
    return ok("x");
  })});
  fetching f(narrow(1, 8));
  all_running all;
  for (int i = 0; i < 6; ++i) start(all, f, o.url("/" + std::to_string(i)));
  f.loop().run_until([&] { return o.requests().size() == 1 && f.counts().waiting.value() == 5; });
  release.set_value();
  for (auto& each : all) CHECK(each->wait().body == "x");
  const auto requests = o.requests();
  REQUIRE(requests.size() == 6);
  for (std::size_t i = 0; i < 6; ++i)
    CHECK(requests[i].starts_with("GET /" + std::to_string(i) + " "));
  CHECK(o.connections() == 1);
}

TEST_CASE("a turn ends with the body, not with what is made of it") {
  origin o({always(ok("x"))});
  fetching f(narrow(1, 8));
  fetch::request r(o.url("/"));
  const auto first = f.loop().run(f.fetcher().open(std::move(r)));
  REQUIRE(first.has_value());
  std::vector<std::byte> room(100);
  CHECK(f.loop().run((*first)->read_some(room)).value() == 1);
  CHECK(f.get(o.url("/")).body == "x");
  CHECK(o.connections() == 1);
}

TEST_CASE("a source that is given up gives its turn back") {
  origin o({answering(ok(std::string(100, 'x'))), always(ok("second"))});
  fetching f(narrow(1, 8));
  fetch::request r(o.url("/"));
  auto first = f.loop().run(f.fetcher().open(std::move(r)));
  REQUIRE(first.has_value());
  running second(f, o.url("/"));
  f.loop().run_until([&] { return f.counts().waiting.value() == 1; });
  // Given up unread: the connection is closed, and its place is free.
  first = error(errc::client_gone);
  CHECK(second.wait().body == "second");
  CHECK(o.connections() == 2);
}

TEST_CASE("who waits leaves at its deadline, or when it is called off") {
  origin o({script().request().stall(), always(ok("third"))});
  auto limits = narrow(1, 8);
  fetching f(limits);
  running first(f, o.url("/"));
  f.loop().run_until([&] { return o.requests().size() == 1; });
  running late(f, o.url("/"), deadline::after(std::chrono::steady_clock::now(), 50ms));
  running gone(f, o.url("/"));
  running third(f, o.url("/"));
  check_failed(late.wait(), errc::origin_timeout);
  gone.call_off();
  check_failed(gone.wait(), errc::client_gone);
  CHECK(f.counts().waiting.value() == 1);
  first.call_off();
  CHECK(third.wait().body == "third");
  CHECK(o.requests().size() == 2);
}

TEST_CASE("nobody waits longer for a connection than for an answer") {
  auto limits = narrow(1, 8);
  limits.body_rate_grace_ms = 10'000;
  limits.origin_wait_timeout_ms = 100;
  origin o({script().request().send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n").stall()});
  fetching f(limits);
  running first(f, o.url("/"));
  f.loop().run_until([&] { return o.requests().size() == 1; });
  const auto start = std::chrono::steady_clock::now();
  check_failed(f.get(o.url("/")), errc::origin_timeout);
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}

TEST_CASE("an origin that cannot be reached is left alone for a while, then tried") {
  auto limits = fetching::short_limits();
  limits.origin_breaker_failures = 3;
  limits.origin_breaker_open_ms = 100;
  const script resetting = script().reset();
  origin o({resetting, resetting, resetting, always(ok("well again"))});
  origin other({always(ok("other"))});
  fetching f(limits);
  for (int i = 0; i < 3; ++i) check_failed(f.get(o.url("/")), errc::origin_unreachable);
  CHECK(f.counts().breakers_open.value() == 1);
  const auto opened = std::chrono::steady_clock::now();
  const auto refused = f.get(o.url("/"));
  check_failed(refused, errc::origin_suspended);
  CHECK(refused.failed->detail.find("origin_unreachable") != std::string::npos);
  CHECK(o.connections() == 3);
  CHECK(f.get(other.url("/")).body == "other");
  f.loop().run_until([&] { return std::chrono::steady_clock::now() - opened > 100ms; });
  CHECK(f.get(o.url("/")).body == "well again");
  CHECK(f.get(o.url("/")).body == "well again");
  CHECK(f.counts().breakers_open.value() == 0);
  CHECK(f.counts().count(outcome::suspended) == 1);
}

TEST_CASE("an origin is not shut off for what its clients did, or for what it answers") {
  auto limits = fetching::short_limits();
  limits.origin_breaker_failures = 1;
  {
    // The client's deadline is shorter than ours.
    origin o({script().request().stall(), always(ok("x"))});
    fetching f(limits);
    fetch::request r(o.url("/"));
    r.until = deadline::after(std::chrono::steady_clock::now(), 50ms);
    check_failed(f.get(std::move(r)), errc::origin_timeout);
    CHECK(f.get(o.url("/")).body == "x");
  }
  for (const int code : {404, 500, 503}) {
    origin o({always(status(code))});
    fetching f(limits);
    for (int i = 0; i < 3; ++i)
      check_failed(f.get(o.url("/")), code == 404 ? errc::source_not_found : errc::origin_failed);
  }
  // Ours are its fault.
  limits.origin_wait_timeout_ms = 50;
  origin o({script().request().stall()});
  fetching f(limits);
  check_failed(f.get(o.url("/")), errc::origin_timeout);
  check_failed(f.get(o.url("/")), errc::origin_suspended);
}

TEST_CASE("when the breaker opens, those who wait are not kept waiting") {
  auto limits = narrow(1, 8);
  limits.origin_breaker_failures = 1;
  limits.origin_breaker_open_ms = limits.origin_breaker_open_max_ms = 60'000;
  std::promise<void> release;
  origin o({script().request().reach([&] { release.get_future().wait(); }).reset()});
  fetching f(limits);
  all_running all;
  for (int i = 0; i < 4; ++i) start(all, f, o.url("/"));
  f.loop().run_until([&] { return o.requests().size() == 1 && f.counts().waiting.value() == 3; });
  release.set_value();
  check_failed(all[0]->wait(), errc::origin_unreachable);
  for (std::size_t i = 1; i < 4; ++i) check_failed(all[i]->wait(), errc::origin_suspended);
  CHECK(o.connections() == 1);
}

TEST_CASE("what is refused for an origin's sake is told from what is refused for ours") {
  test::service s({"--io-threads=1", "--origin-connections-max=1", "--origin-waiting-max=0",
                   "--origin-breaker-failures=1", "--origin-wait-timeout-ms=20000"});
  origin slow({script().request().stall()});
  const auto asking = s.url("/v1/hash?url=" + slow.url("/"));
  test::process holder({"curl", "--silent", asking}, s.folder().path("holder"));
  while (slow.requests().empty()) {
  }
  const auto busy = test::curl({asking});
  CHECK(busy.status == 503);
  CHECK(busy.body.find("\"code\":\"origin_busy\"") != std::string::npos);
  CHECK(busy.field("Retry-After") == "1");
  CHECK(s.metric("tailrace_errors_total{side=\"origin\",code=\"origin_busy\"}") == 1);
  CHECK(s.metric("tailrace_rejections_total{reason=\"overload\"}") == 0);

  origin dead({script().request()});
  CHECK(s.get("/v1/hash?url=" + dead.url("/")).status == 502);
  const auto suspended = s.get("/v1/hash?url=" + dead.url("/"));
  CHECK(suspended.status == 502);
  CHECK(suspended.body.find("\"code\":\"origin_suspended\"") != std::string::npos);
  CHECK(suspended.field("Retry-After") == "1");
  CHECK(s.metric("tailrace_upstream_breakers_open") == 1);
  CHECK(dead.connections() == 1);
}
