// POST /v1/batch over real sockets: results, their order, errors of items and of the whole.
#include <string>
#include <vector>

#include "tests/support/batches.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fault_origin.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;
using namespace tailrace::test;

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
