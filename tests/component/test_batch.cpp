// POST /v1/batch over real sockets: results, order, errors, limits, and what becomes of clients
// that stall.
#include <boost/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;
namespace json = boost::json;

namespace {

const std::string hello_sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const std::string hello_item = R"({"data":"aGVsbG8="})";

test::answer batch(const test::service& s, const std::string& query, const std::string& body,
                   const std::string& type = "application/x-ndjson") {
  return s.get("/v1/batch" + query, {"-H", "Content-Type: " + type, "--data-binary", "@-"}, body);
}

std::vector<json::object> lines_of(const std::string& text) {
  std::vector<json::object> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    REQUIRE(end != text.npos);
    out.push_back(json::parse(text.substr(at, end - at)).as_object());
    at = end + 1;
  }
  return out;
}

// {"total":…,"ok":…,"failed":…,"cancelled":…} as numbers.
std::vector<std::int64_t> counts(const json::value& summary) {
  return {summary.at("total").as_int64(), summary.at("ok").as_int64(),
          summary.at("failed").as_int64(), summary.at("cancelled").as_int64()};
}
std::vector<std::int64_t> summary_of(const test::answer& a) {
  CAPTURE(a.head, a.body);
  REQUIRE(a.status == 200);
  REQUIRE(a.curl == 0);
  const auto lines = lines_of(a.body);
  REQUIRE_FALSE(lines.empty());
  return counts(lines.back().at("summary"));
}
using counted = std::vector<std::int64_t>;

std::string url_item(const std::string& url) {
  return json::serialize(json::object{{"url", url}}) + "\n";
}

std::string head_of_lines(const std::string& query, const std::string& framing) {
  return "POST /v1/batch" + query +
         " HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n" + framing + "\r\n\r\n";
}

std::string chunk(const std::string& text) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + text + "\r\n";
}

}  // namespace

TEST_CASE("a document of items gives a document of results") {
  test::service s;
  test::fault_origin origin;
  const std::string body = R"({"items":[{"id":"a","data":"aGVsbG8="},{"url":")" +
                           origin.url("/bytes/100000") + R"(","algorithms":["md5","sha256"]},)" +
                           R"({"url":")" + origin.url("/bytes/5?status=404") + R"("}]})";
  const auto a = batch(s, "", body, "application/json; charset=utf-8");
  CAPTURE(a.head, a.body);
  REQUIRE(a.status == 200);
  CHECK(a.field("Content-Type") == "application/json");
  CHECK_FALSE(a.field("X-Request-Id").empty());
  const json::value all = json::parse(a.body);
  const auto& results = all.at("results").as_array();
  REQUIRE(results.size() == 3);
  CHECK(results[0].at("id") == "a");
  CHECK(results[0].at("digests").at("sha256").as_string() == json::string(hello_sha256));
  CHECK(results[0].at("bytes") == 5);
  CHECK(results[1].at("index") == 1);
  CHECK(results[1].at("bytes") == 100000);
  const auto single =
      s.get("/v1/hash?algorithm=md5,sha256&url=" + origin.escaped_url("/bytes/100000"));
  CHECK(json::parse(single.body).at("digests") == results[1].at("digests"));
  CHECK(results[2].at("error").at("code") == "source_not_found");
  CHECK(results[2].at("error").at("status") == 404);
  CHECK(counts(all.at("summary")) == counted{3, 2, 1, 0});
  CHECK(s.metric("tailrace_batch_items_total{outcome=\"ok\"}") == 2);
  CHECK(s.metric("tailrace_batch_items_total{outcome=\"failed\"}") == 1);
}

TEST_CASE("results of lines come in input order, or as they are ready") {
  test::service s;
  test::fault_origin origin;
  const std::string body = url_item(origin.url("/bytes/10?latency_ms=300")) + hello_item +
                           "\r\n\n" + "{\"data\":\n" +
                           url_item(origin.url("/bytes/20?latency_ms=50"));
  const auto in_order = batch(s, "", body);
  CHECK(summary_of(in_order) == counted{4, 3, 1, 0});
  std::vector<std::int64_t> order;
  for (const auto& l : lines_of(in_order.body))
    if (const auto* index = l.if_contains("index")) order.push_back(index->as_int64());
  CHECK(order == counted{0, 1, 2, 3});
  CHECK(in_order.body.find("line 4 is not JSON") != std::string::npos);

  const auto as_ready = batch(s, "?order=completion", body);
  CHECK(summary_of(as_ready) == counted{4, 3, 1, 0});
  order.clear();
  for (const auto& l : lines_of(as_ready.body))
    if (const auto* index = l.if_contains("index")) order.push_back(index->as_int64());
  CHECK(order == counted{2, 1, 3, 0});
}

TEST_CASE("answers to lines arrive while the request still does") {
  test::service s;
  test::raw_client client(s.port());
  REQUIRE(client.send(head_of_lines("", "Transfer-Encoding: chunked") + chunk(hello_item + "\n")));
  s.wait_for("tailrace_batch_items_total{outcome=\"ok\"}", 1);
  REQUIRE(client.send(chunk(hello_item) + "0\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n"
                                          "Connection: close\r\n\r\n"));
  const std::string all = client.rest();
  CAPTURE(all);
  const auto first = all.find("\"index\":0");
  const auto second = all.find("\"index\":1");
  REQUIRE(first != all.npos);
  REQUIRE(second != all.npos);
  // In a chunk of its own: it was sent before the second item came.
  CHECK(all.substr(first, second - first).find("\r\n") != std::string::npos);
  CHECK(all.find("{\"summary\":{\"total\":2,\"ok\":2,\"failed\":0,\"cancelled\":0}}") != all.npos);
  // The connection goes on after the last chunk.
  CHECK(all.find("0\r\n\r\nHTTP/1.1 200 OK") != all.npos);
}

TEST_CASE("data of every size and algorithm, alone and among others") {
  test::service s;
  std::string body;
  std::vector<std::string> expected;
  for (std::size_t size : {0, 1, 63, 64, 65, 3000, 20'000, 100'000, 500'000}) {
    for (int copies = 0; copies < 5; ++copies) {
      const std::string bytes(size + static_cast<std::size_t>(copies), 'x');
      const std::string file = s.folder().write("bytes", bytes);
      const std::string encoded = test::run_command({"base64", "-w0", file}).output;
      body += R"({"algorithms":["sha256","xxh128"],"data":")" + encoded + "\"}\n";
      expected.push_back(test::run_command({"sha256sum", file}).output.substr(0, 64));
    }
  }
  for (const char* query : {"", "?max_concurrent=1", "?max_concurrent=256&order=completion"}) {
    CAPTURE(query);
    const auto a = batch(s, query, body);
    CHECK(summary_of(a)[1] == static_cast<std::int64_t>(expected.size()));
    for (const auto& l : lines_of(a.body)) {
      if (!l.contains("index")) continue;
      const auto index = static_cast<std::size_t>(l.at("index").as_int64());
      CHECK(l.at("digests").at("sha256").as_string() == json::string(expected[index]));
    }
  }
}

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

TEST_CASE("an item in memory does not wait for company while all others wait for it") {
  test::service s;
  test::fault_origin origin;
  std::string lines = hello_item + "\n";
  std::string items = hello_item;
  for (int i = 0; i < 3000; ++i) lines += "1\n";
  for (int i = 0; i < 3000; ++i) items += ",1";
  CHECK(summary_of(batch(s, "", lines)) == counted{3001, 1, 3000, 0});
  const auto document = batch(s, "", "{\"items\":[" + items + "]}", "application/json");
  CHECK(counts(json::parse(document.body).at("summary")) == counted{3001, 1, 3000, 0});
  // Nor while a place for a fetch is waited for.
  test::raw_client client(s.port());
  std::string slow;
  for (int i = 0; i < 3; ++i)
    slow += url_item(origin.url("/bytes/9?stall=head&seed=" + std::to_string(i)));
  REQUIRE(client.send(
      head_of_lines("?order=completion&max_concurrent=2", "Transfer-Encoding: chunked") +
      chunk(hello_item + "\n" + slow)));
  s.wait_for("tailrace_batch_items_total{outcome=\"ok\"}", 3);
}

TEST_CASE("a batch takes little memory, whatever is in it") {
  test::service s({"--body-rate-grace-ms=1000"});
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
#ifndef TAILRACE_SANITIZED  // which keeps what was freed
  CHECK(s.peak_memory_kib() < before + 64'000);
#else
  CHECK(before > 0);
#endif
}

TEST_CASE("a client that leaves in the middle of its body ends its fetches") {
  test::service s;
  test::fault_origin origin;
  test::raw_client client(s.port());
  REQUIRE(client.send(head_of_lines("", "Transfer-Encoding: chunked") +
                      chunk(url_item(origin.url("/bytes/9?stall=head")))));
  s.wait_for("tailrace_upstream_connections{state=\"active\"}", 1);
  client.end();
  s.wait_for("tailrace_upstream_connections{state=\"active\"}", 0);
  s.wait_for("tailrace_requests_in_flight", 0);
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

TEST_CASE("a client that leaves ends its fetches") {
  test::service s;
  test::fault_origin origin;
  test::raw_client client(s.port());
  REQUIRE(client.send(head_of_lines("", "Transfer-Encoding: chunked") +
                      chunk(url_item(origin.url("/bytes/9?stall=head")))));
  s.wait_for("tailrace_upstream_connections{state=\"active\"}", 1);
  client.reset();
  s.wait_for("tailrace_upstream_connections{state=\"active\"}", 0);
  s.wait_for("tailrace_requests_in_flight", 0);
  s.wait_for("tailrace_memory_reserved_bytes", 0);
}

TEST_CASE("what is wrong with a batch as a whole is its status") {
  test::service s({"--batch-document-bytes-max=2000", "--batch-concurrent-max=16"});
  const auto refused = [&](const std::string& query, const std::string& body,
                           const std::string& type) {
    const auto a = batch(s, query, body, type);
    CAPTURE(query, body, a.head);
    CHECK(a.field("Content-Type") == "application/problem+json");
    return std::to_string(a.status) + " " +
           std::string(json::parse(a.body).at("detail").as_string());
  };
  const std::string lines = "application/x-ndjson";
  const std::string document = "application/json";
  CHECK(refused("?max_concurrent=0", hello_item, lines) ==
        "400 max_concurrent must be greater than 0");
  CHECK(refused("?max_concurrent=-1", hello_item, lines) ==
        "400 max_concurrent must be greater than 0");
  for (const char* much : {"17", "1000000000", "99999999999999999999999"})
    CHECK(refused("?max_concurrent=" + std::string(much), hello_item, lines) ==
          "400 max_concurrent must be at most 16 (batch-concurrent-max)");
  CHECK(refused("?max_concurrent=1x", hello_item, lines) ==
        "400 max_concurrent must be a whole number");
  CHECK(refused("?order=size", "", lines) == "400 order must be input or completion");
  CHECK(refused("?on_error=1", "", lines) == "400 on_error must be collect or fail_fast");
  CHECK(refused("?progress=2", "", lines) == "400 progress must be 0 or 1");
  CHECK(refused("?progress=1", "{\"items\":[]}", document).starts_with("400 progress=1 is for"));
  CHECK(refused("?algorithm=md4", "", lines).starts_with("400 unknown algorithm 'md4'"));
  CHECK(refused("?verify=md5:00", "", lines) == "400 unknown parameter 'verify'");
  CHECK(refused("", "", "text/plain").starts_with("415 a batch is application/json"));
  CHECK(refused("", "{\"items\":[\n}", document) ==
        "400 the body is not JSON, line 2: syntax error");
  CHECK(refused("", std::string(2001, ' '), document) ==
        "413 more than 2000 bytes (batch-document-bytes-max)");
  CHECK(s.get("/v1/batch").status == 405);
  CHECK(s.get("/v1/batch").field("Allow") == "POST, OPTIONS");
  CHECK(summary_of(batch(s, "", "")) == counted{0, 0, 0, 0});
}

TEST_CASE("a line that is too long is an item that went wrong") {
  test::service s({"--batch-line-bytes-max=2000"});
  const auto a = batch(s, "", hello_item + "\n" + std::string(100'000, 'x') + "\n" + hello_item);
  CHECK(summary_of(a) == counted{3, 2, 1, 0});
  CHECK(a.body.find("line 2 is longer than 2000 bytes (batch-line-bytes-max)") !=
        std::string::npos);
}

TEST_CASE("data beside fetches that take all places is digested meanwhile") {
  test::service s;
  test::fault_origin origin;
  const std::string bytes(300'000, 'x');
  const std::string file = s.folder().write("bytes", bytes);
  const std::string encoded = test::run_command({"base64", "-w0", file}).output;
  const std::string expected = test::run_command({"sha256sum", file}).output.substr(0, 64);
  test::raw_client client(s.port());
  std::string lines = url_item(origin.url("/bytes/9?stall=head"));
  for (int i = 0; i < 6; ++i)
    lines += R"({"algorithms":["sha256","md5"],"data":")" + encoded + "\"}\n";
  lines += url_item(origin.url("/bytes/9?stall=head&seed=1"));
  REQUIRE(client.send(
      head_of_lines("?order=completion&max_concurrent=1", "Transfer-Encoding: chunked") +
      chunk(lines)));
  s.wait_for("tailrace_batch_items_total{outcome=\"ok\"}", 6);
}

TEST_CASE("progress is told among the lines") {
  test::service s;
  test::fault_origin origin;
  const auto a =
      batch(s, "?progress=1", hello_item + "\n" + url_item(origin.url("/bytes/9?latency_ms=1300")));
  CHECK(summary_of(a) == counted{2, 2, 0, 0});
  CHECK(a.body.find("{\"progress\":{\"done\":1,\"received\":2}}\n") != std::string::npos);
}

TEST_CASE("HTTP/1.0 gets its lines up to the end of the connection") {
  test::service s;
  test::raw_client client(s.port());
  const std::string body = hello_item + "\n" + hello_item;
  REQUIRE(
      client.send("POST /v1/batch HTTP/1.0\r\nContent-Type: application/x-ndjson\r\n"
                  "Connection: keep-alive\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n" + body));
  const std::string all = client.rest();
  CAPTURE(all);
  CHECK(all.find("Transfer-Encoding") == all.npos);
  CHECK(all.find("Connection: close\r\n") != all.npos);
  CHECK(all.ends_with("{\"summary\":{\"total\":2,\"ok\":2,\"failed\":0,\"cancelled\":0}}\n"));
}

TEST_CASE("more items at once than requests may be in flight wait for their turn") {
  test::service s({"--requests-in-flight-max=2", "--io-threads=1"});
  test::fault_origin origin;
  std::string body;
  for (int i = 0; i < 20; ++i)
    body += url_item(origin.url("/bytes/9?latency_ms=10&seed=" + std::to_string(i)));
  CHECK(summary_of(batch(s, "?max_concurrent=20", body)) == counted{20, 20, 0, 0});
}
