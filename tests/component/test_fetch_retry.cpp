// When a request is sent again, and how long a connection is kept.
#include <algorithm>
#include <atomic>
#include <chrono>

#include "tests/support/catch.hpp"
#include "tests/support/dns_server.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/origin.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using fetch::retry;
using test::always;
using test::answering;
using test::check_failed;
using test::fetching;
using test::ok;
using test::origin;
using test::script;
using test::status;

TEST_CASE("what failed in passing is sent again, if the budget allows") {
  struct row {
    script first;
    retry why;
  };
  const row table[] = {{script().request(), retry::unreachable},
                       {script().request().reset(), retry::unreachable},
                       {answering(status(502)), retry::status},
                       {answering(status(503)), retry::status},
                       {answering(status(504)), retry::status}};
  for (const auto& r : table) {
    INFO("row " << &r - table);
    auto limits = fetching::short_limits();
    {
      origin o({r.first, always(ok("second"))});
      limits.origin_retry_ratio_max = 1;
      fetching f(limits);
      CHECK(f.get(o.url("/")).body == "second");
      CHECK(f.counts().count(r.why) == 1);
      CHECK(o.connections() == 2);
    }
    origin o({r.first, always(ok("second"))});
    limits.origin_retry_ratio_max = 0;
    fetching f(limits);
    CHECK(f.get(o.url("/")).failed);
    CHECK(f.counts().count(r.why) == 0);
    CHECK(o.requests().size() == 1);
  }
}

TEST_CASE("what another attempt would not better is not sent again") {
  auto limits = fetching::short_limits();
  limits.origin_retry_ratio_max = 1;
  limits.origin_wait_timeout_ms = 50;
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
  for (const auto& s :
       {answering(status(404)), answering(status(500)),
        answering(status(503, "Retry-After: 1\r\n")), script().request().stall(),
        answering("HTTP/1.1 2"), answering(head + "hello"), answering("SSH-2.0\r\n\r\n")}) {
    origin o({s, always(ok("second"))});
    fetching f(limits);
    CHECK(f.get(o.url("/")).failed);
    CHECK(o.requests().size() == 1);
  }
}

TEST_CASE("a request is sent three times at most, and a failing origin is asked a tenth more") {
  {
    auto limits = fetching::short_limits();
    limits.origin_retry_ratio_max = 1;
    std::atomic<int> requests = 0;
    origin o({script().serve(
        [&](const std::string&) { return ++requests <= 5 ? ok("x") : status(503); })});
    fetching f(limits);
    for (int i = 0; i < 5; ++i) CHECK(f.get(o.url("/")).body == "x");
    // The next connections count on: all of them fail from here.
    check_failed(f.get(o.url("/")), errc::origin_failed);
    CHECK(o.requests().size() == 5 + 3);
  }
  for (const auto& failing : {always(status(503)), script().request(), script().reset()}) {
    auto limits = fetching::short_limits();
    limits.origin_breaker_failures = 0;
    origin o({failing});
    fetching f(limits);
    for (int i = 0; i < 100; ++i) CHECK(f.get(o.url("/")).failed);
    const auto retries = f.counts().count(retry::status) + f.counts().count(retry::unreachable);
    CHECK(retries == 10);
    CHECK(std::max<std::size_t>(o.requests().size(), o.connections()) == 110);
  }
}

TEST_CASE("a connection is not used beyond its age") {
  auto limits = fetching::short_limits();
  limits.origin_connection_age_max_ms = 50;
  origin o({always(ok("x"))});
  fetching f(limits);
  const auto start = std::chrono::steady_clock::now();
  CHECK(!f.get(o.url("/")).failed);
  f.loop().run_until([&] { return std::chrono::steady_clock::now() - start > 60ms; });
  CHECK(!f.get(o.url("/")).failed);
  CHECK(o.connections() == 2);
}

TEST_CASE("a kept connection's address is judged again") {
  // By name: an address in the URL would be refused before any connection is looked for.
  test::dns_server dns({{"a.example", {"127.0.0.1"}}, {"b.example", {"127.0.0.1"}}});
  origin o({always(ok("x"))});
  fetching f(fetching::short_limits(), dns.address());
  CHECK(!f.get(o.url("/", "a.example")).failed);
  f.policy().refuse_listeners({{boost::asio::ip::make_address("0.0.0.0"), o.port()}}, {});
  check_failed(f.get(o.url("/", "a.example")), errc::source_refused);
  CHECK(o.requests().size() == 1);
}
