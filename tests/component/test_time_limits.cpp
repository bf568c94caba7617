// Limits on how long a client or an answer may take, on the real service.
#include <string>
#include <sys/resource.h>

#include "tests/support/catch.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;

namespace {

double status_count(const test::service& s, const std::string& route, const std::string& status) {
  return s.metric("tailrace_http_requests_total{route=\"" + route + "\",method=\"GET\",status=\"" +
                  status + "\"}");
}

}  // namespace

TEST_CASE("a client that does not take its answer is cut off") {
  test::service s({"--body-rate-grace-ms=300", "--body-rate-min-bytes-per-s=100000",
                   "--local-root=" + std::string(TAILRACE_SOURCE_DIR) + "/config/samples"});
  // Far more than the sockets between us hold.
  test::raw_client c(s.port());
  std::string requests;
  for (int i = 0; i < 20; ++i)
    requests +=
        "GET /v1/resize?url=local:///river.jpg&width=1500&enlarge=1&format=png HTTP/1.1\r\n"
        "Host: a\r\n\r\n";
  REQUIRE(c.send(requests));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (status_count(s, "/v1/resize", "499") == 0 && std::chrono::steady_clock::now() < end) {
  }
  CHECK(status_count(s, "/v1/resize", "499") == 1);
  // The connection, and with it what it held, is gone.
  while (s.metric("tailrace_connections") > 0 && std::chrono::steady_clock::now() < end) {
  }
  CHECK(s.metric("tailrace_connections") == 0);
  CHECK(s.metric("tailrace_memory_reserved_bytes") == 0);
}

TEST_CASE("an answer that is not a stream has an end, whatever holds it up") {
  test::service s({"--request-timeout-ms=300", "--origin-rate-min-bytes-per-s=0"});
  test::origin slow({test::script()
                         .request()
                         .send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                         .trickle("x", std::chrono::milliseconds(20))});
  const auto a = s.get("/v1/resize?width=10&url=" + slow.url("/"));
  CHECK(a.status == 504);
  CHECK(a.body.find("\"code\":\"origin_timeout\"") != a.body.npos);
  // The body of an upload that is not a stream is bound by the same time.
  test::raw_client c(s.port());
  REQUIRE(c.send("POST /v1/resize?width=10 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe"));
  CHECK(c.rest().starts_with("HTTP/1.1 408 "));
}

TEST_CASE("a stream has no end but its rate, unless one is asked for") {
  test::service s({"--request-timeout-ms=200"});
  test::origin slow({test::script()
                         .request()
                         .send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                         .trickle(std::string(2000, 'x'), std::chrono::milliseconds(10))});
  CHECK(s.get("/v1/hash?url=" + slow.url("/")).status == 200);
  CHECK(s.get("/v1/hash?timeout_ms=100&url=" + slow.url("/")).status == 504);
  // Uploads likewise.
  test::raw_client c(s.port());
  REQUIRE(
      c.send("POST /v1/hash?timeout_ms=100 HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhe"));
  CHECK(c.rest().starts_with("HTTP/1.1 408 "));
}

TEST_CASE("accepting survives a lack of file descriptors") {
  test::service s({"--io-threads=1"});
  const std::string livez = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";
  const pid_t pid = s.process().id();
  const auto limit = [&](rlim_t n) {
    rlimit most{};
    prlimit(pid, RLIMIT_NOFILE, nullptr, &most);
    most.rlim_cur = n;
    REQUIRE(prlimit(pid, RLIMIT_NOFILE, &most, nullptr) == 0);
    return most.rlim_max;
  };
  test::raw_client before(s.port());
  REQUIRE(before.send(livez));
  CHECK(before.answer().starts_with("HTTP/1.1 200 "));
  // No descriptor is left for another one; the kernel queues it.
  const rlim_t many = limit(5);
  test::raw_client waits(s.port());
  REQUIRE(waits.send(livez));
  for (int i = 0; i < 100; ++i) {
    REQUIRE(before.send(livez));
    CHECK(before.answer().starts_with("HTTP/1.1 200 "));
  }
  limit(many);
  CHECK(waits.answer().starts_with("HTTP/1.1 200 "));
}
