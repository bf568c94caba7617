// Who may connect, how, and how often: Unix sockets, PROXY protocol, forwarded clients, limits.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;

namespace {

const std::string livez = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string nothing = "GET /nothing HTTP/1.1\r\nHost: a\r\n";
const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

bool is_ok(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 200 OK\r\n");
}

// The client of the last access line.
std::string logged_client(const test::service& s) {
  const std::string log = s.output();
  const auto at = log.rfind("client=");
  return at == log.npos ? "" : log.substr(at + 7, log.find(' ', at) - at - 7);
}

void wait_for_client(const test::service& s, const std::string& client) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (logged_client(s) != client && std::chrono::steady_clock::now() < end) {
  }
  CHECK(logged_client(s) == client);
}

}  // namespace

TEST_CASE("a Unix socket beside TCP, and one left behind by a killed process") {
  test::temporary_folder folder;
  const std::string path = folder.path("t.sock");
  {
    test::service killed({"--listen=unix:" + path});
    killed.process().signal(SIGKILL);
    killed.process().wait(std::chrono::seconds(10));
  }
  REQUIRE(std::filesystem::exists(path));
  test::service s({"--listen=unix:" + path, "--access-log=all"});
  test::raw_client local(path), tcp(s.port());
  for (test::raw_client* c : {&local, &tcp}) {
    REQUIRE(c->send(livez + livez));
    CHECK(is_ok(c->answer()));
    CHECK(is_ok(c->answer()));
  }
  CHECK(test::curl({"--unix-socket", path, "http://a/v1/hash", "-d", "hello"}).status == 200);
  wait_for_client(s, "unix");
  // A second service must not take it away.
  CHECK(test::failed_start({"--listen=unix:" + path}).find("in use") != std::string::npos);
  s.process().signal(SIGTERM);
  CHECK(s.process().wait(std::chrono::seconds(20)) == 0);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("PROXY headers of trusted proxies name the client, those of others are no HTTP") {
  test::service s({"--proxy-protocol", "--trusted-proxies=127.0.0.2", "--access-log=all"});
  // Byte by byte, with the request right behind.
  test::raw_client v1(s.port(), "127.0.0.2");
  for (const char c : "PROXY TCP4 192.0.2.7 10.0.0.1 4660 80\r\n" + nothing + "\r\n")
    REQUIRE(v1.send(std::string(1, c)));
  CHECK(v1.answer().starts_with("HTTP/1.1 404 "));
  wait_for_client(s, "192.0.2.7");

  test::raw_client v2(s.port(), "127.0.0.2");
  const std::string tail("\x21\x11\x00\x0c\xc0\x00\x02\x08\x0a\x00\x00\x01\x12\x34\x00\x50", 16);
  REQUIRE(v2.send(signature + tail + nothing + "\r\n" + livez));
  CHECK(v2.answer().starts_with("HTTP/1.1 404 "));
  CHECK(is_ok(v2.answer()));
  wait_for_client(s, "192.0.2.8");

  // A balancer's own check.
  test::raw_client check(s.port(), "127.0.0.2");
  REQUIRE(check.send(signature + std::string("\x20\x00\x00\x00", 4) + livez));
  CHECK(is_ok(check.answer()));

  // Without its header a trusted proxy gets nothing, and a stranger's header is a bad request.
  test::raw_client without(s.port(), "127.0.0.2");
  REQUIRE(without.send(livez));
  CHECK(without.rest().empty());
  test::raw_client stranger(s.port(), "127.0.0.3");
  REQUIRE(stranger.send("PROXY TCP4 192.0.2.7 10.0.0.1 4660 80\r\n" + livez));
  CHECK(stranger.rest().starts_with("HTTP/1.1 400 "));
  test::raw_client direct(s.port(), "127.0.0.3");
  REQUIRE(direct.send(livez));
  CHECK(is_ok(direct.answer()));
}

TEST_CASE("a slow or broken PROXY header ends the connection") {
  test::service s({"--proxy-protocol", "--trusted-proxies=127.0.0.1", "--header-timeout-ms=200"});
  test::raw_client slow(s.port());
  REQUIRE(slow.send("PROXY TCP4 192"));
  CHECK(slow.rest().empty());
  test::raw_client silent(s.port());
  CHECK(silent.rest().empty());
  test::raw_client broken(s.port());
  REQUIRE(broken.send("PROXY TCP4 192"));
  broken.end();
  CHECK(broken.rest().empty());
}

TEST_CASE("X-Forwarded-For counts from trusted proxies only") {
  test::service s({"--trusted-proxies=127.0.0.2,10.0.0.0/8", "--access-log=all"});
  const std::string request = nothing + "X-Forwarded-For: 192.0.2.9, 10.0.0.1\r\n\r\n";
  test::raw_client proxy(s.port(), "127.0.0.2");
  REQUIRE(proxy.send(request));
  proxy.answer();
  wait_for_client(s, "192.0.2.9");
  test::raw_client stranger(s.port(), "127.0.0.3");
  REQUIRE(stranger.send(request));
  stranger.answer();
  wait_for_client(s, "127.0.0.3");
}

TEST_CASE("who has left before it was accepted is nobody, least of all a trusted proxy") {
  test::service s({"--access-log=all", "--io-threads=1"});
  for (int i = 0; i < 100; ++i) {
    test::raw_client gone(s.port());
    gone.send(nothing + "X-Forwarded-For: 6.6.6.6\r\n\r\n");
    gone.reset();
  }
  test::raw_client last(s.port());
  REQUIRE(last.send(nothing + "\r\n"));
  last.answer();
  wait_for_client(s, "127.0.0.1");
  CHECK(s.output().find("6.6.6.6") == std::string::npos);
}

TEST_CASE("a forwarded address that cannot be read counts as the proxy's own") {
  test::service s({"--trusted-proxies=127.0.0.2", "--access-log=all"});
  test::raw_client proxy(s.port(), "127.0.0.2");
  REQUIRE(proxy.send(nothing + "X-Forwarded-For: who knows\r\n\r\n"));
  proxy.answer();
  wait_for_client(s, "127.0.0.2");
}

TEST_CASE("a client has so many connections and no more") {
  test::service s({"--connections-per-client-max=2"});
  test::raw_client one(s.port(), "127.0.0.4"), two(s.port(), "127.0.0.4");
  for (test::raw_client* c : {&one, &two}) {
    REQUIRE(c->send(livez));
    CHECK(is_ok(c->answer()));
  }
  test::raw_client three(s.port(), "127.0.0.4");
  CHECK(three.rest().empty());
  CHECK(s.metric("tailrace_rejections_total{reason=\"client\"}") == 1);
  // Others are not affected, and a place that was given back can be taken.
  test::raw_client other(s.port(), "127.0.0.5");
  REQUIRE(other.send(livez));
  CHECK(is_ok(other.answer()));
  one.end();
  CHECK(one.rest().empty());
  test::raw_client again(s.port(), "127.0.0.4");
  REQUIRE(again.send(livez));
  CHECK(is_ok(again.answer()));
}

TEST_CASE("behind a proxy a client has so many requests at once and no more") {
  test::service s({"--connections-per-client-max=1", "--trusted-proxies=127.0.0.1"});
  test::origin origin({test::script().request().stall()});
  const auto request = [&](const char* client) {
    // Each its own URL: for one they would share a request to the origin.
    return "GET /v1/hash?url=" + origin.url("/") + client +
           " HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + client + "\r\n\r\n";
  };
  test::raw_client first(s.port());
  REQUIRE(first.send(request("192.0.2.1")));
  while (origin.requests().empty()) {
  }
  test::raw_client second(s.port());
  REQUIRE(second.send(request("192.0.2.1") + livez));
  const std::string refused = second.answer();
  CHECK(refused.starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
  CHECK(refused.find("\"code\":\"too_many_requests\"") != refused.npos);
  // The connection is the proxy's and goes on.
  CHECK(is_ok(second.answer()));
  REQUIRE(second.send(request("192.0.2.2")));
  while (origin.requests().size() < 2) {
  }
}

TEST_CASE("a connection ends after so many requests") {
  test::service s({"--requests-per-connection-max=3"});
  test::raw_client c(s.port());
  REQUIRE(c.send(livez + livez + livez + livez));
  for (int i = 0; i < 2; ++i) CHECK(c.answer().find("Connection: close") == std::string::npos);
  const std::string last = c.rest();
  CHECK(last.find("Connection: close\r\n") != last.npos);
  CHECK(last.find("HTTP/1.1 ", 1) == last.npos);
  CHECK_FALSE(c.was_reset());
}

TEST_CASE("accepting pauses at connections-max and goes on when one is free") {
  test::service s({"--connections-max=2", "--io-threads=1"});
  test::raw_client one(s.port()), two(s.port());
  for (test::raw_client* c : {&one, &two}) {
    REQUIRE(c->send(livez));
    CHECK(is_ok(c->answer()));
  }
  test::raw_client waits(s.port());
  REQUIRE(waits.send(livez));
  // As long as that lasts, or an alert would see only how it began.
  s.wait_for_at_least("tailrace_rejections_total{reason=\"connections\"}", 3);
  one.end();
  CHECK(is_ok(waits.answer()));
}

TEST_CASE("slow uploads keep nobody from work") {
  // Much grace: they must not be cut when it is the machine that stands still.
  test::service s({"--requests-in-flight-max=1", "--body-rate-grace-ms=60000",
                   "--local-root=" + std::string(TAILRACE_SOURCE_DIR) + "/config/samples"});
  std::vector<std::unique_ptr<test::raw_client>> slow;
  for (const char* path : {"/v1/hash", "/v1/hash", "/v1/resize?width=10"}) {
    slow.push_back(std::make_unique<test::raw_client>(s.port()));
    REQUIRE(slow.back()->send("POST " + std::string(path) +
                              " HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe"));
  }
  s.wait_for_at_least("tailrace_requests_in_flight", 3);
  CHECK(s.get("/v1/resize?url=local:///river.jpg&width=10").status == 200);
  // They are served in the end.
  REQUIRE(slow[0]->send("llo"));
  CHECK(is_ok(slow[0]->answer()));
  REQUIRE(slow[2]->send("llo"));
  CHECK(slow[2]->answer().starts_with("HTTP/1.1 422 "));
}

TEST_CASE("many connections in the middle of a head or a body keep nobody waiting") {
  test::service s({"--io-threads=1"});
  const std::string chunked =
      "POST /v1/hash HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n5;a";
  std::vector<std::unique_ptr<test::raw_client>> slow;
  for (int i = 0; i < 600; ++i) {
    slow.push_back(std::make_unique<test::raw_client>(s.port()));
    REQUIRE(slow.back()->send(i % 2 == 0 ? "GET /livez HTT" : chunked));
  }
  for (int i = 0; i < 3; ++i) {
    test::raw_client probe(s.port());
    REQUIRE(probe.send(livez + livez));
    CHECK(is_ok(probe.answer()));
    CHECK(is_ok(probe.answer()));
  }
  // And each of them is served when it goes on.
  for (std::size_t i = 0; i < slow.size(); ++i) {
    const bool head = i % 2 == 0;
    REQUIRE(slow[i]->send(head ? "P/1.1\r\nHost: a\r\n\r\n" : "\r\nhello\r\n0\r\n\r\n"));
    CHECK(is_ok(slow[i]->answer()));
  }
}

TEST_CASE("slow image uploads hold no more memory than they have sent") {
  test::service s({"--memory-budget-bytes=4194304", "--image-bytes-max=4194304",
                   "--body-rate-grace-ms=60000",
                   "--local-root=" + std::string(TAILRACE_SOURCE_DIR) + "/config/samples"});
  std::vector<std::unique_ptr<test::raw_client>> slow;
  for (int i = 0; i < 100; ++i) {
    slow.push_back(std::make_unique<test::raw_client>(s.port()));
    REQUIRE(slow.back()->send(
        "POST /v1/resize?width=9 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nx"));
  }
  s.wait_for_at_least("tailrace_requests_in_flight", 100);
  CHECK(s.metric("tailrace_memory_reserved_bytes") <= 100 * 8192);
  CHECK(s.metric("tailrace_memory_reserved_bytes") > 0);
}
