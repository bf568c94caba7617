// What a scrape of the running service says, of all that it counts.
#include "metrics/families.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/fetching.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;
using namespace std::chrono_literals;
using test::always;
using test::ok;

namespace {

std::string scrape(const test::service& s) {
  return test::curl({s.admin_url("/metrics")}).body;
}

std::string of_origin(const std::string& figure, const std::string& origin) {
  return "tailrace_origin_" + figure + "{origin=\"" + origin + "\"}";
}

std::string base(const test::origin& o) {
  return o.url("");
}

// A port where nobody listens.
std::string closed_port() {
  using boost::asio::ip::tcp;
  boost::asio::io_context context;
  tcp::acceptor listener(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  return std::to_string(listener.local_endpoint().port());
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("metrics: every family has its series before the first request") {
  const test::service s;
  const std::string text = scrape(s);
  for (const auto& family : metrics::families()) {
    CAPTURE(family.name);
#ifdef TAILRACE_SANITIZED
    if (family.name == "tailrace_allocator_bytes") continue;  // it has another allocator
#endif
    const bool plain = has(text, "\n" + std::string(family.name) + " ");
    const bool labelled = has(text, "\n" + std::string(family.name) + "{");
    const bool histogram = has(text, "\n" + std::string(family.name) + "_bucket{");
    CHECK((plain || labelled || histogram));
  }
}

TEST_CASE("metrics: origins by name, as far as there are names, and the rest together") {
  std::promise<void> go;
  test::origin slow({test::script()
                         .request()
                         .send(ok("w"))
                         .request()
                         .reach([&] { go.get_future().wait(); })
                         .send(ok("x")),
                     always(ok("y"))});
  test::origin other({always(ok("z"))});
  const test::service s(
      {"--metrics-origins-max=1", "--io-threads=1", "--origin-connections-max=1"});
  CHECK(has(scrape(s), of_origin("connections", "other") + " 0\n"));
  // Only who has answered gets a name.
  CHECK(s.get("/v1/hash?url=" + slow.url("/0")).status == 200);
  CHECK(has(scrape(s), of_origin("connections", base(slow)) + " 0\n"));
  CHECK(s.metric("tailrace_upstream_connections_opened_total") == 1);
  CHECK(s.metric("tailrace_upstream_connections_reused_total") == 0);
  test::raw_client first(s.port()), second(s.port());
  REQUIRE(first.send("GET /v1/hash?url=" + slow.url("/1") + " HTTP/1.1\r\nHost: a\r\n\r\n"));
  s.wait_for(of_origin("connections", base(slow)), 1);
  CHECK(s.metric("tailrace_upstream_connections_opened_total") == 1);
  CHECK(s.metric("tailrace_upstream_connections_reused_total") == 1);
  REQUIRE(second.send("GET /v1/hash?url=" + slow.url("/2") + " HTTP/1.1\r\nHost: a\r\n\r\n"));
  s.wait_for(of_origin("waiting", base(slow)), 1);
  go.set_value();
  CHECK(first.answer().starts_with("HTTP/1.1 200 "));
  CHECK(second.answer().starts_with("HTTP/1.1 200 "));
  CHECK(s.get("/v1/hash?url=" + other.url("/")).status == 200);
  const std::string text = scrape(s);
  CHECK(has(text, of_origin("connections", base(slow)) + " 0\n"));
  CHECK(has(text, of_origin("waiting", base(slow)) + " 0\n"));
  CHECK_FALSE(has(text, base(other)));
}

TEST_CASE("metrics: an origin whose breaker is open") {
  const std::string dead = "http://127.0.0.1:" + closed_port();
  const test::service s({"--origin-breaker-failures=1", "--io-threads=1"});
  CHECK(s.get("/v1/hash?url=" + dead + "/").status == 502);
  CHECK(s.metric(of_origin("breaker_open", dead)) == 1);
  CHECK(s.metric(of_origin("breaker_open", "other")) == 0);
  // What failed on its way counts in the stage where it was.
  CHECK(s.metric("tailrace_stage_duration_seconds_count{stage=\"connect\"}") == 1);
  const test::service off({"--metrics-origins-max=0"});
  CHECK(off.get("/v1/hash?url=" + dead + "/").status == 502);
  CHECK_FALSE(has(scrape(off), "tailrace_origin_"));
}

TEST_CASE("metrics: connections that are busy, and what memory is taken for") {
  const std::string source = "tailrace_memory_use_bytes{use=\"source\"}";
  const test::service s;
  test::raw_client idle(s.port()), head(s.port()), upload(s.port());
  REQUIRE(idle.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"));
  CHECK(idle.answer().starts_with("HTTP/1.1 200 "));
  s.wait_for("tailrace_connections", 3);
  CHECK(s.metric("tailrace_connections_busy") == 0);
  REQUIRE(head.send("GET /livez HTT"));
  s.wait_for("tailrace_connections_busy", 1);
  REQUIRE(
      upload.send("POST /v1/resize?width=10 HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n" +
                  std::string(8000, 'x')));
  s.wait_for("tailrace_connections_busy", 2);
  // It is reserved as it comes: what is here, and room for all of the rest.
  s.wait_for_at_least(source, 9000);
  CHECK(s.metric("tailrace_memory_reserved_bytes") == s.metric(source));
  REQUIRE(head.send("P/1.1\r\nHost: a\r\n\r\n"));
  CHECK(head.answer().starts_with("HTTP/1.1 200 "));
  s.wait_for("tailrace_connections_busy", 1);
  REQUIRE(upload.send(std::string(1000, 'x')));
  CHECK(upload.answer().starts_with("HTTP/1.1 4"));
  s.wait_for(source, 0);
  s.wait_for("tailrace_connections_busy", 0);
}

TEST_CASE("metrics: memory that was not there, by what it was for; and the lanes' limits") {
  const test::service s({"--memory-budget-bytes=65536", "--long-queue-max=7", "--long-threads=1"});
  const std::string source = "tailrace_memory_use_bytes{use=\"source\"}";
  const auto resize = [&s](std::size_t bytes) {
    return s.get("/v1/resize?width=10", {"--data-binary", "@-"}, std::string(bytes, 'x')).status;
  };
  // What can never fit is its client's fault, however its size comes to be known.
  CHECK(resize(65'536) == 413);
  test::raw_client chunked(s.port());
  REQUIRE(
      chunked.send("POST /v1/resize?width=10 HTTP/1.1\r\nHost: a\r\n"
                   "Transfer-Encoding: chunked\r\n\r\n10000\r\n" +
                   std::string(0x10000, 'x')));
  CHECK(chunked.answer().starts_with("HTTP/1.1 413 "));
  CHECK(s.metric("tailrace_memory_refusals_total{use=\"source\"}") == 0);
  CHECK(resize(65'535) == 422);
  // What does not fit now may come again.
  test::raw_client upload(s.port());
  REQUIRE(
      upload.send("POST /v1/resize?width=10 HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n" +
                  std::string(35'000, 'x')));
  s.wait_for_at_least(source, 35'000);
  CHECK(resize(40'000) == 503);
  CHECK(s.metric("tailrace_memory_refusals_total{use=\"source\"}") == 1);
  CHECK(s.metric("tailrace_rejections_total{reason=\"memory\"}") == 1);
  CHECK(s.metric("tailrace_executor_queue_limit{lane=\"long\"}") == 7);
  CHECK(s.metric("tailrace_executor_threads{lane=\"long\"}") == 1);
  CHECK(s.metric("tailrace_ready") == 1);
}

TEST_CASE("metrics: an image whose time was up when its turn came") {
  const test::service s(
      {"--long-threads=1", "--local-root=" + std::string(TAILRACE_SOURCE_DIR) + "/config/samples"});
  const std::string slow = "/v1/resize?url=local:///river.jpg&enlarge=1&format=avif&width=2500";
  const std::string dropped = "tailrace_executor_dropped_total{lane=\"long\",reason=";
  test::raw_client first(s.port()), second(s.port());
  REQUIRE(first.send(test::get(slow)));
  s.wait_for("tailrace_requests_in_flight", 1);
  REQUIRE(second.send(test::get(slow + "&timeout_ms=100")));
  CHECK(second.answer().starts_with("HTTP/1.1 503 "));
  CHECK(first.answer().starts_with("HTTP/1.1 200 "));
  s.wait_for(dropped + "\"late\"}", 1);
  CHECK(s.metric(dropped + "\"cancelled\"}") == 0);
  CHECK(s.metric("tailrace_executor_jobs_total{lane=\"long\"}") == 1);
  CHECK(s.metric("tailrace_rejections_total{reason=\"deadline\"}") == 1);
}

TEST_CASE("metrics: items of a batch that fail are errors of items, not of requests") {
  const test::service s;
  const std::string items =
      "{\"items\":[{\"url\":\"http://127.0.0.1:" + closed_port() + "/\"},{\"data\":\"eA==\"}]}";
  CHECK(s.get("/v1/batch", {"-H", "Content-Type: application/json", "-d", items}).status == 200);
  CHECK(s.metric("tailrace_batch_item_errors_total{side=\"origin\",code=\"origin_unreachable\"}") ==
        1);
  CHECK(s.metric("tailrace_errors_total{side=\"origin\",code=\"origin_unreachable\"}") == 0);
  CHECK(s.metric("tailrace_stage_duration_seconds_count{stage=\"connect\"}") == 1);
}

#ifndef TAILRACE_SANITIZED
TEST_CASE("metrics: the allocator's figures are plausible") {
  const test::service s;
  const auto bytes = [&](const std::string& kind) {
    return s.metric("tailrace_allocator_bytes{kind=\"" + kind + "\"}");
  };
  CHECK(bytes("allocated") > 100'000);
  CHECK(bytes("active") >= bytes("allocated") * 0.9);
  CHECK(bytes("resident") > bytes("metadata"));
  CHECK(bytes("mapped") > 0);
}
#endif
