// A client that leaves: its fetch is ended, its job dropped, and it is counted as 499.
#include <boost/json.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;
using test::get;

namespace {

const std::string gone_series =
    "tailrace_http_requests_total{route=\"/v1/hash\",method=\"GET\",status=\"499\"}";

void expect_fetch_to_end(const test::script& behaviour, bool by_reset) {
  test::service s({"--origin-wait-timeout-ms=60000", "--request-timeout-ms=60000"});
  test::origin origin({behaviour});
  test::raw_client client(s.port());
  REQUIRE(client.send(get("/v1/hash?url=" + origin.url("/"))));
  s.wait_for("tailrace_upstream_connections{state=\"active\"}", 1);
  by_reset ? client.reset() : client.end();
  s.wait_for(gone_series, 1);
  s.wait_for("tailrace_upstream_requests_total{outcome=\"abandoned\"}", 1);
  s.wait_for("tailrace_upstream_connections{state=\"active\"}", 0);
  CHECK(s.metric("tailrace_upstream_connections{state=\"idle\"}") == 0);
  CHECK(s.metric("tailrace_errors_total{side=\"client\",code=\"client_gone\"}") == 1);
  CHECK(s.metric("tailrace_requests_in_flight") == 0);
}

}  // namespace

TEST_CASE("a client that leaves ends its fetch, wherever that is") {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
  for (const bool by_reset : {false, true}) {
    CAPTURE(by_reset);
    // The origin has not answered, has sent a part of its head, a part of its body.
    expect_fetch_to_end(test::script().request().stall(), by_reset);
    expect_fetch_to_end(test::script().request().send(head.substr(0, 20)).stall(), by_reset);
    expect_fetch_to_end(test::script().request().send(head + "hello").stall(), by_reset);
  }
}

TEST_CASE("a client that has sent more requests and then leaves is gone too") {
  test::service s({"--origin-wait-timeout-ms=60000"});
  test::origin origin({test::script().request().stall()});
  test::raw_client client(s.port());
  REQUIRE(client.send(get("/v1/hash?url=" + origin.url("/")) + get("/livez")));
  s.wait_for("tailrace_upstream_connections{state=\"active\"}", 1);
  client.end();
  s.wait_for(gone_series, 1);
  CHECK(client.rest().empty());
}

TEST_CASE("the queued job of a client that left is dropped, the one that runs stops") {
  // One thread for images, kept busy for a while; a second job behind it.
  test::service s(
      {"--long-threads=1", "--local-root=" + std::string(TAILRACE_SOURCE_DIR) + "/config/samples"});
  const auto slow = [](const char* side) {
    return get("/v1/resize?url=local:///river.jpg&enlarge=1&format=avif&width=" +
               std::string(side));
  };
  const std::string left =
      "tailrace_http_requests_total{route=\"/v1/resize\",method=\"GET\",status=\"499\"}";
  const std::string queued = "tailrace_executor_queue_depth{lane=\"long\"}";
  test::raw_client first(s.port()), second(s.port());
  REQUIRE(first.send(slow("2500")));
  s.wait_for("tailrace_requests_in_flight", 1);
  REQUIRE(second.send(slow("2500")));
  s.wait_for(queued, 1);
  second.reset();
  CHECK(first.answer().starts_with("HTTP/1.1 200 OK\r\n"));
  s.wait_for(left, 1);
  const auto executor = test::curl({s.admin_url("/debug/executor")}).body;
  CAPTURE(executor);
  CHECK(boost::json::parse(executor).at("long").at("dropped_cancelled").to_number<int>() == 1);
  CHECK(boost::json::parse(executor).at("long").at("run").to_number<int>() == 1);
  CHECK(s.metric("tailrace_executor_dropped_total{lane=\"long\",reason=\"cancelled\"}") == 1);
  CHECK(s.metric("tailrace_executor_jobs_total{lane=\"long\"}") == 1);

  test::raw_client third(s.port());
  REQUIRE(third.send(slow("2500")));
  s.wait_for("tailrace_requests_in_flight", 1);
  third.reset();
  s.wait_for(left, 2);
}

TEST_CASE("a client that ends its side with the last byte of its body still gets a quick answer") {
  test::service s;
  test::raw_client client(s.port());
  REQUIRE(client.send("POST /v1/hash HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"));
  client.end();
  CHECK(client.rest().starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a source that always has more does not hide that the client left, nor that we stop") {
  test::temporary_folder folder;
  // Sparse: it takes the disk nothing, and hashing it takes a while.
  std::ofstream(folder.path("large")).close();
  std::filesystem::resize_file(folder.path("large"), std::uintmax_t{2} << 30);
  test::service s({"--local-root=" + folder.path(), "--drain-timeout-ms=100"});
  const std::string request =
      get("/v1/hash?url=local:///large&algorithm=sha256,sha512,md5,blake2b512");
  {
    test::raw_client client(s.port());
    REQUIRE(client.send(request));
    s.wait_for("tailrace_requests_in_flight", 1);
    client.end();
    s.wait_for(gone_series, 1);
  }
  test::raw_client waits(s.port());
  REQUIRE(waits.send(request));
  s.wait_for("tailrace_requests_in_flight", 1);
  s.process().signal(SIGTERM);
  CHECK(waits.rest().starts_with("HTTP/1.1 503 "));
  CHECK(s.process().wait(std::chrono::seconds(20)) == 0);
}
