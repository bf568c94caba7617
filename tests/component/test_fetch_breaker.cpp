// An origin that cannot be reached is not asked for a while.
#include <chrono>
#include <future>

#include "tests/support/catch.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/running.hpp"
#include "tests/support/service.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using fetch::outcome;
using test::always;
using test::check_failed;
using test::fetching;
using test::ok;
using test::origin;
using test::script;
using test::status;

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
  auto limits = fetching::short_limits();
  limits.origin_connections_max = 1;
  limits.origin_breaker_failures = 1;
  limits.origin_breaker_open_ms = limits.origin_breaker_open_max_ms = 60'000;
  std::promise<void> release;
  origin o({script().request().reach([&] { release.get_future().wait(); }).reset()});
  fetching f(limits);
  test::all_running all;
  for (int i = 0; i < 4; ++i) test::start(all, f, o.url("/"));
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
  const auto busy = test::curl({s.url("/v1/hash?url=" + slow.url("/other"))});
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
