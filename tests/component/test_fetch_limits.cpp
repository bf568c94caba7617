// Limits of size, time, redirects and addresses.
#include <chrono>
#include <future>

#include "tests/support/catch.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/origin.hpp"

using namespace std::chrono_literals;
using namespace tailrace;
using fetch::outcome;
using test::always;
using test::answering;
using test::check_failed;
using test::fetching;
using test::ok;
using test::origin;
using test::script;
using test::status;

TEST_CASE("bodies over the limit are refused, announced or not") {
  {
    origin o({script().request().send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n").stall()});
    const auto got = fetching().get(o.url("/"), 10);
    check_failed(got, errc::body_too_large);
    CHECK(!got.opened);
  }
  for (const char* head : {"HTTP/1.1 200 OK\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n"}) {
    origin o({script().request().send(head).flood(std::string(4096, 'x'))});
    const auto got = fetching().get(o.url("/"), 100'000);
    check_failed(got, errc::body_too_large);
    CHECK(got.opened);
    CHECK(got.body.size() <= 100'000);
  }
  origin o({answering(ok("0123456789"))});
  CHECK(!fetching().get(o.url("/"), 10).failed);
}

TEST_CASE("an origin that stalls is given up at the limit of that stage") {
  auto limits = fetching::short_limits();
  limits.origin_wait_timeout_ms = 100;
  limits.body_rate_grace_ms = 100;
  const script scripts[] = {
      script().stall(),
      script().request().stall(),
      script().request().send("HTTP/1.1 200").stall(),
      script().request().send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n").stall(),
      script().request().send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello").stall(),
      script().request().send("HTTP/1.1 200 OK\r\n\r\nhello").stall()};
  for (std::size_t i = 0; i < std::size(scripts); ++i) {
    INFO("script " << i);
    origin o({scripts[i]});
    fetching f(limits);
    const auto start = std::chrono::steady_clock::now();
    check_failed(f.get(o.url("/")), errc::origin_timeout);
    CHECK(std::chrono::steady_clock::now() - start >= 90ms);
    CHECK(f.counts().count(outcome::timeout) == 1);
  }
}

TEST_CASE("the request's own deadline ends every stage") {
  const script scripts[] = {
      script().request().stall(),
      script().request().send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello").stall(),
      script().request().send("HTTP/1.1 200 OK\r\n\r\n").flood(std::string(65536, 'x'))};
  for (std::size_t i = 0; i < std::size(scripts); ++i) {
    INFO("script " << i);
    origin o({scripts[i]});
    fetching f;
    fetch::request r(o.url("/"));
    r.until = deadline::after(std::chrono::steady_clock::now(), 150ms);
    check_failed(f.get(std::move(r)), errc::origin_timeout);
    CHECK(f.counts().connections_active.value() == 0);
  }
}

TEST_CASE("an origin that trickles below the least rate is given up") {
  auto limits = fetching::short_limits();
  limits.body_rate_grace_ms = 200;
  limits.origin_rate_min_bytes_per_s = 10'000;
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
  // Each wait is short, but it brings a tenth of what it should.
  origin o({script().request().send(head).trickle(std::string(10, 'x'), 10ms)});
  const auto got = fetching(limits).get(o.url("/"));
  check_failed(got, errc::origin_timeout);
  CHECK(got.body.size() >= 50);
}

TEST_CASE("nobody listens") {
  std::string url;
  {
    origin gone({script()});
    url = gone.url("/");
  }
  fetching f;
  check_failed(f.get(url), errc::origin_unreachable);
  CHECK(f.counts().count(outcome::unreachable) == 1);
  CHECK(f.counts().connections_opened.value() == 0);
}

TEST_CASE("redirects are followed, within their number") {
  origin target({always(ok("there"))});
  origin o({script().serve([&](const std::string& request) {
    if (request.starts_with("GET /a ")) return status(302, "Location: /b/c\r\n");
    if (request.starts_with("GET /b/c ")) return status(307, "Location: d?e#f\r\n");
    if (request.starts_with("GET /b/d?e "))
      return status(301, "Location: " + target.url("/x") + "\r\n");
    return status(308, "Location: /loop\r\n");
  })});
  fetching f;
  CHECK(f.get(o.url("/a")).body == "there");
  CHECK(o.connections() == 1);
  const auto before = o.requests().size();
  check_failed(f.get(o.url("/loop")), errc::origin_failed);
  CHECK(o.requests().size() - before == 6);  // five redirects
}

TEST_CASE("redirects are judged like the first URL") {
  struct row {
    const char* location;
    errc becomes;
  };
  const row table[] = {{"http://127.0.0.2/", errc::source_refused},
                       {"http://10.0.0.1/", errc::source_refused},
                       {"http://[::1]/", errc::source_refused},
                       {"http://169.254.169.254/latest/meta-data/", errc::source_refused},
                       {"local:///etc/passwd", errc::source_refused},
                       {"http://127.1/", errc::origin_bad_response},
                       {"ftp://127.0.0.1/", errc::origin_bad_response},
                       {"http://u@127.0.0.1/", errc::origin_bad_response},
                       {"http://a b/", errc::origin_bad_response},
                       {"", errc::origin_failed}};
  for (const auto& r : table) {
    INFO(r.location);
    const std::string field =
        *r.location == 0 ? "" : std::string("Location: ") + r.location + "\r\n";
    origin o({answering(status(302, field))});
    check_failed(fetching().get(o.url("/")), r.becomes);
  }
  origin twice({answering(status(302, "Location: /a\r\nLocation: /b\r\n"))});
  check_failed(fetching().get(twice.url("/")), errc::origin_failed);
}

TEST_CASE("a refused address sees no connection") {
  origin o({always(ok("secret"))});
  auto limits = fetching::short_limits();
  const auto port = std::to_string(o.port());
  {
    limits.allow_source_networks.clear();
    fetching f(limits);
    for (const char* host : {"127.0.0.1", "[::ffff:127.0.0.1]", "[64:ff9b::127.0.0.1]", "0.0.0.0",
                             "[::]", "localhost", "a.localhost"})
      check_failed(f.get("http://" + std::string(host) + ":" + port + "/"), errc::source_refused);
    for (const char* host : {"127.1", "2130706433", "0x7f.1", "127.0.0.1.", "u@127.0.0.1"})
      check_failed(f.get("http://" + std::string(host) + ":" + port + "/"), errc::bad_url);
    CHECK(f.counts().count(outcome::refused) == 12);
  }
  {
    limits = fetching::short_limits();
    limits.allowed_source_ports = "80,443";
    check_failed(fetching(limits).get(o.url("/")), errc::source_refused);
  }
  {
    fetching f;
    f.policy().refuse_listeners({{boost::asio::ip::make_address("0.0.0.0"), o.port()}}, {});
    check_failed(f.get(o.url("/")), errc::source_refused);
  }
  CHECK(o.connections() == 0);
}

TEST_CASE("a source that is not read to its end closes its connection and says so") {
  origin o({script().request().send(ok(std::string(1'000'000, 'x'))).stall()});
  fetching f;
  {
    fetch::request r(o.url("/"));
    const auto opened = f.loop().run(f.fetcher().open(r));
    REQUIRE(opened.has_value());
    CHECK(f.counts().connections_active.value() == 1);
  }
  CHECK(f.counts().connections_active.value() == 0);
  CHECK(f.counts().count(outcome::abandoned) == 1);
}

TEST_CASE("idle connections leave when they have waited long enough") {
  auto limits = fetching::short_limits();
  limits.origin_idle_timeout_ms = 50;
  origin o({always(ok("x"))});
  fetching f(limits);
  CHECK(!f.get(o.url("/")).failed);
  CHECK(f.counts().connections_idle.value() == 1);
  f.loop().run_until([&] { return f.counts().connections_idle.value() == 0; });
  CHECK(!f.get(o.url("/")).failed);
  CHECK(o.connections() == 2);
}
