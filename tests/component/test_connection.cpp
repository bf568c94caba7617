// HTTP/1.1 on the wire: what curl would not send.
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/raw_client.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;

namespace {

const std::string hello_digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

std::string post(const std::string& fields, const std::string& body) {
  return "POST /v1/hash HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

const std::string hello = post("Content-Length: 5\r\n", "hello");
const std::string chunked_hello =
    post("Transfer-Encoding: chunked\r\n", "2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nX-T: 1\r\n\r\n");
const std::string livez = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";

bool is_ok(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 200 OK\r\n");
}

}  // namespace

TEST_CASE("requests are understood however they are split, one after the other") {
  test::service s;
  for (const std::string& request : {hello, chunked_hello})
    for (std::size_t split = 1; split < request.size(); split += 3) {
      CAPTURE(split);
      test::raw_client c(s.port());
      REQUIRE(c.send(request.substr(0, split)));
      REQUIRE(c.send(request.substr(split)));
      CHECK(c.answer().find(hello_digest) != std::string::npos);
      // The connection goes on.
      REQUIRE(c.send(livez));
      CHECK(is_ok(c.answer()));
    }
}

TEST_CASE("pipelined requests are answered in order") {
  test::service s;
  test::raw_client c(s.port());
  std::string all;
  for (int i = 0; i < 100; ++i) all += i % 2 == 0 ? hello : livez;
  all += "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  REQUIRE(c.send(all));
  for (int i = 0; i < 100; ++i)
    CHECK((c.answer().find(hello_digest) != std::string::npos) == (i % 2 == 0));
  CHECK(c.answer().find("Connection: close\r\n") != std::string::npos);
  CHECK(c.rest().empty());
}

TEST_CASE("HEAD has the head of GET and no body") {
  test::service s({"--local-root=" + std::string(TAILRACE_SOURCE_DIR) + "/config/samples"});
  for (const std::string target : {"/livez", "/v1/hash?url=local:///river.jpg", "/nothing"}) {
    CAPTURE(target);
    test::raw_client c(s.port());
    REQUIRE(c.send("HEAD " + target + " HTTP/1.1\r\nHost: a\r\n\r\n"));
    const std::string head = c.answer(true);
    CHECK(head.find("Content-Length: 0\r\n") == std::string::npos);
    CHECK(head.find("Content-Length: ") != std::string::npos);
    REQUIRE(c.send(livez));
    CHECK(is_ok(c.answer()));
  }
}

TEST_CASE("100 Continue comes before the body, a refusal instead of it") {
  test::service s({"--hash-bytes-max=10"});
  test::raw_client c(s.port());
  REQUIRE(c.send(post("Content-Length: 5\r\nExpect: 100-continue\r\n", "")));
  CHECK(c.answer().starts_with("HTTP/1.1 100 Continue\r\n\r\n"));
  REQUIRE(c.send("hello"));
  CHECK(c.answer().find(hello_digest) != std::string::npos);
  REQUIRE(c.send(post("Content-Length: 50\r\nExpect: 100-continue\r\n", "")));
  const std::string refused = c.rest();
  CHECK(refused.starts_with("HTTP/1.1 413 "));
  CHECK(refused.find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("what follows a request that is not well framed is never read as another") {
  test::service s;
  const std::string bad[] = {
      post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
      post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"),
      post("Content-Length: +5\r\n", "hello"),
      post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
      post("Content-Length : 5\r\n", "hello"),
      post("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n0\r\n\r\n"),
      post("Transfer-Encoding: chunked\r\n", "5\r\nhelloX\r\n0\r\n\r\n"),
      "GET /livez HTTP/1.1\nHost: a\n\n",
      "GET /livez HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
      "GET /livez HTTP/1.1\r\n\r\n",
      "GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET /livez#x HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /livez HTTP/3.0\r\nHost: a\r\n\r\n",
  };
  for (const std::string& request : bad) {
    CAPTURE(request);
    test::raw_client c(s.port());
    c.send(request + livez);
    const std::string answers = c.rest();
    CHECK(answers.starts_with("HTTP/1.1 400 "));
    CHECK(answers.find("Connection: close\r\n") != std::string::npos);
    CHECK(answers.find("HTTP/1.1 ", 1) == std::string::npos);
  }
}

TEST_CASE("limits of the head: 414 and 431") {
  test::service s;
  test::raw_client uri(s.port());
  uri.send("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(uri.rest().starts_with("HTTP/1.1 414 "));
  test::raw_client fields(s.port());
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 100; ++i) many += "A: b\r\n";
  fields.send(many + "\r\n");
  CHECK(fields.rest().starts_with("HTTP/1.1 431 "));
  test::raw_client bytes(s.port());
  bytes.send("GET / HTTP/1.1\r\nHost: a\r\nA: " + std::string(17000, 'a') + "\r\n\r\n");
  CHECK(bytes.rest().starts_with("HTTP/1.1 431 "));
}

TEST_CASE("a small body that nobody wanted is passed over, a large one ends the connection") {
  test::service s;
  test::raw_client c(s.port());
  REQUIRE(c.send("POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + livez));
  CHECK(c.answer().starts_with("HTTP/1.1 404 "));
  CHECK(is_ok(c.answer()));
  REQUIRE(c.send("POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n"));
  REQUIRE(c.send(std::string(500'000, 'a') + livez));
  CHECK(c.answer().starts_with("HTTP/1.1 404 "));
  CHECK(is_ok(c.answer()));
  REQUIRE(c.send("POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"));
  c.send(std::string(1'000'000, 'a') + livez);
  const std::string answers = c.rest();
  CHECK(answers.starts_with("HTTP/1.1 404 "));
  CHECK(answers.find("HTTP/1.1 ", 1) == std::string::npos);
}

TEST_CASE("slow clients are told so, silent ones are closed") {
  test::service s({"--header-timeout-ms=200", "--idle-timeout-ms=300", "--body-rate-grace-ms=200"});
  test::raw_client head(s.port());
  REQUIRE(head.send("GET /livez HTTP/1.1\r\n"));
  CHECK(head.rest().starts_with("HTTP/1.1 408 "));
  test::raw_client body(s.port());
  REQUIRE(body.send(post("Content-Length: 5\r\n", "he")));
  CHECK(body.rest().starts_with("HTTP/1.1 408 "));
  test::raw_client silent(s.port());
  CHECK(silent.rest().empty());
}

TEST_CASE("HTTP/1.0 closes unless it asks not to") {
  test::service s;
  test::raw_client c(s.port());
  REQUIRE(c.send("GET /livez HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  CHECK(c.answer().find("Connection: keep-alive\r\n") != std::string::npos);
  REQUIRE(c.send("GET /livez HTTP/1.0\r\n\r\n"));
  CHECK(c.rest().find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("request ids are taken over or made") {
  test::service s;
  CHECK(s.get("/nothing", {"-H", "X-Request-Id: abc-1"}).field("X-Request-Id") == "abc-1");
  CHECK(s.get("/nothing", {"-H", "X-Request-Id: a b"}).field("X-Request-Id").size() == 32);
  CHECK(s.get("/nothing").field("Server-Timing").find("total;dur=") == 0);
  CHECK(s.get("/livez").field("X-Request-Id").empty());
}
