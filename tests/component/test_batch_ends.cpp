// How batches end: called off, late, broken off, left by their clients; and what they cost till
// then.
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/batches.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;
using namespace tailrace::test;

TEST_CASE("fail_fast cancels the siblings and what comes after them") {
  test::service s({"--request-timeout-ms=60000"});
  test::fault_origin origin;
  std::string body;
  for (int i = 0; i < 40; ++i)
    body += url_item(origin.url(i == 3 ? "/bytes/1?status=500&latency_ms=100"
                                       : "/bytes/9?stall=head&seed=" + std::to_string(i)));
  const auto a = batch(s, "?on_error=fail_fast&max_concurrent=10", body);
  const auto summary = summary_of(a);
  CHECK(summary[1] == 0);
  CHECK(summary[2] == 1);
  CHECK(summary[3] == summary[0] - 1);
  const auto lines = lines_of(a.body);
  REQUIRE(lines.size() == static_cast<std::size_t>(summary[0]) + 1);
  CHECK(lines[3].at("error").at("code") == "origin_failed");
  CHECK(lines[0].at("error").at("code") == "cancelled");
  CHECK(lines[0].at("error").at("status") == 424);
  s.wait_for("tailrace_upstream_connections{state=\"active\"}", 0);
  // In a document every item has its result, those that were never begun too.
  std::string items;
  for (const auto& line : lines_of(body))
    items += (items.empty() ? "" : ",") + json::serialize(line);
  const auto document = batch(s, "?on_error=fail_fast&max_concurrent=10",
                              "{\"items\":[" + items + "]}", "application/json");
  CHECK(counts(json::parse(document.body).at("summary")) == counted{40, 0, 1, 39});
}

TEST_CASE("fail_fast ends a request whose body still comes, and the next one is unharmed") {
  test::service s;
  test::raw_client client(s.port());
  REQUIRE(client.send(head_of_lines("?on_error=fail_fast", "Transfer-Encoding: chunked") +
                      chunk("{\"data\":1}\n")));
  const std::string all = client.rest();
  CAPTURE(all);
  CHECK(all.find("\"total\":1,\"ok\":0,\"failed\":1,\"cancelled\":0}}\n\r\n0\r\n\r\n") != all.npos);
  // Where the body was all there, the connection is kept and nothing of the first one is left.
  const std::string bad =
      head_of_lines("?on_error=fail_fast", "Content-Length: 10") + "{\"data\":1}";
  const std::string good =
      head_of_lines("?on_error=fail_fast", "Content-Length: 19\r\nConnection: close") + hello_item;
  test::raw_client other(s.port());
  REQUIRE(other.send(bad + good));
  const std::string both = other.rest();
  CAPTURE(both);
  CHECK(both.find("\"total\":1,\"ok\":0,\"failed\":1,\"cancelled\":0}}") != both.npos);
  CHECK(both.find("\"total\":1,\"ok\":1,\"failed\":0,\"cancelled\":0}}") != both.npos);
}

TEST_CASE("times: of an item, of the batch, and of a body that stops coming") {
  test::service s({"--body-rate-grace-ms=300"});
  test::fault_origin origin;
  const std::string stalled = origin.url("/bytes/9?stall=head");
  const auto item =
      batch(s, "", R"({"url":")" + stalled + R"(","timeout_ms":100})" + "\n" + hello_item);
  CHECK(summary_of(item) == counted{2, 1, 1, 0});
  const auto whole = batch(s, "?timeout_ms=200", url_item(stalled) + hello_item);
  CHECK(summary_of(whole) == counted{2, 1, 1, 0});
  CHECK(whole.body.find("deadline_exceeded") != std::string::npos);

  test::raw_client half_a_line(s.port());
  REQUIRE(half_a_line.send(head_of_lines("", "Transfer-Encoding: chunked") + chunk("{\"da")));
  const std::string refused = half_a_line.rest();
  CHECK(refused.starts_with("HTTP/1.1 408 "));

  test::raw_client later(s.port());
  REQUIRE(
      later.send(head_of_lines("", "Transfer-Encoding: chunked") + chunk(hello_item + "\n{\"da")));
  const std::string broken = later.rest();
  CAPTURE(broken);
  CHECK(broken.find(hello_sha256) != broken.npos);
  CHECK(broken.find("{\"error\":{") != broken.npos);
  CHECK(broken.find("\"code\":\"request_timeout\"") != broken.npos);
  CHECK(broken.find("summary") == broken.npos);
  CHECK_FALSE(broken.ends_with("0\r\n\r\n"));
}

TEST_CASE("a client that never reads is cut, and costs no more than a window") {
  test::service s({"--body-rate-grace-ms=500"});
  test::raw_client client(s.port());
  REQUIRE(client.send(head_of_lines("", "Transfer-Encoding: chunked")));
  std::string many;
  for (int i = 0; i < 3000; ++i) many += hello_item + "\n";
  const std::string one = chunk(many);
  bool taken = true;
  for (int i = 0; i < 10'000 && taken; ++i) taken = client.send(one);
  CHECK_FALSE(taken);
  s.wait_for("tailrace_connections", 0);
  CHECK(s.metric(
            "tailrace_http_requests_total{route=\"/v1/batch\",method=\"POST\",status=\"499\"}") ==
        1);
  CHECK(s.peak_memory_kib() < 400'000);
}

TEST_CASE("a batch takes little memory, whatever is in it") {
  // AddressSanitizer would keep what was freed.
  ::setenv("ASAN_OPTIONS", "quarantine_size_mb=0:thread_local_quarantine_size_kb=0", 1);
  test::service s({"--body-rate-grace-ms=1000"});
  ::unsetenv("ASAN_OPTIONS");
  test::fault_origin origin;
  batch(s, "", hello_item);
  const auto before = s.peak_memory_kib();
  const std::size_t size = 8'000'000;
  std::string ones = "{\"items\":[1";
  while (ones.size() < size) ones += ",1";
  CHECK(batch(s, "", ones + "]}", "application/json").status == 200);
  CHECK(batch(s, "", "{\"items\":[[" + ones.substr(10) + "]]}", "application/json").status == 200);
  // Behind an item that hangs, lines whose errors are as long as they can be.
  std::string lines = url_item(origin.url("/bytes/9?latency_ms=1000"));
  for (int i = 0; i < 100; ++i) lines += "{\"" + std::string(900'000, 'x') + "\":1}\n";
  CHECK(summary_of(batch(s, "", lines)) == counted{101, 1, 100, 0});
  std::string many = "[1";
  while (many.size() < 1'000'000) many += ",1";
  std::string long_lines;
  for (int i = 0; i < 20; ++i) long_lines += many + "]\n";
  CHECK(summary_of(batch(s, "", long_lines)) == counted{20, 0, 20, 0});
  CHECK(s.peak_memory_kib() < before + 64'000);
}

TEST_CASE("a body that breaks off is not made good by an item that fails later") {
  test::service s;
  test::fault_origin origin;
  test::raw_client client(s.port());
  REQUIRE(client.send(head_of_lines("?on_error=fail_fast", "Transfer-Encoding: chunked") +
                      chunk(url_item(origin.url("/bytes/9?latency_ms=300&status=500"))) +
                      "no chunk\r\n"));
  const std::string all = client.rest();
  CAPTURE(all);
  CHECK(all.find("origin_failed") != all.npos);
  CHECK(all.find("summary") == all.npos);
  CHECK(all.find("{\"error\":{") != all.npos);
}

TEST_CASE("a client that leaves in the middle of its body ends its fetches") {
  const bool by_reset = GENERATE(false, true);
  CAPTURE(by_reset);
  test::service s;
  test::fault_origin origin;
  test::raw_client client(s.port());
  REQUIRE(client.send(head_of_lines("", "Transfer-Encoding: chunked") +
                      chunk(url_item(origin.url("/bytes/9?stall=head")))));
  s.wait_for("tailrace_upstream_connections{state=\"active\"}", 1);
  by_reset ? client.reset() : client.end();
  s.wait_for("tailrace_upstream_connections{state=\"active\"}", 0);
  s.wait_for("tailrace_requests_in_flight", 0);
  s.wait_for("tailrace_memory_reserved_bytes", 0);
}
