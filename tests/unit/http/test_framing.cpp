// What framing says of heads; which requests it refuses is in test_framing_rules.cpp.
#include "http/framing.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace tailrace;
using http::body_kind;

namespace {

result<http::framing> request(const std::string& lines, const char* start = "POST / HTTP/1.1") {
  http::request_head head;
  const std::string bytes = std::string(start) + "\r\n" + lines + "\r\n";
  const auto parsed = http::parse_head(bytes, head);
  if (parsed.has_error()) return parsed.error();
  return http::frame_request(head);
}

result<http::framing> response(const std::string& lines, const char* start = "HTTP/1.1 200 OK") {
  http::response_head head;
  const std::string bytes = std::string(start) + "\r\n" + lines + "\r\n";
  const auto parsed = http::parse_head(bytes, head);
  if (parsed.has_error()) return parsed.error();
  return http::frame_response(head);
}

}  // namespace

TEST_CASE("well-formed requests are framed") {
  CHECK(request("Host: a\r\n")->kind == body_kind::none);
  CHECK(request("Host: a\r\nContent-Length: 0\r\n")->kind == body_kind::none);
  CHECK(request("Host: [::1]:80\r\nContent-Length: 17\r\n")->length == 17);
  CHECK(request("Host:\r\nTransfer-Encoding: Chunked\r\n")->kind == body_kind::chunked);
  CHECK(request("Host: a\r\n", "OPTIONS * HTTP/1.1").has_value());
  CHECK(request("Host: b\r\n", "GET http://a/x HTTP/1.1").has_value());
  CHECK(request("", "GET / HTTP/1.0").has_value());
}

TEST_CASE("persistence follows version and Connection") {
  CHECK(request("Host: a\r\n")->keep_alive);
  CHECK_FALSE(request("Host: a\r\nConnection: close\r\n")->keep_alive);
  CHECK_FALSE(request("Host: a\r\nConnection: x, Close\r\n")->keep_alive);
  CHECK_FALSE(request("Host: a\r\n", "GET / HTTP/1.0")->keep_alive);
  CHECK(request("Connection: keep-alive\r\n", "GET / HTTP/1.0")->keep_alive);
  CHECK_FALSE(request("Connection: keep-alive, close\r\n", "GET / HTTP/1.0")->keep_alive);
}

TEST_CASE("only 100-continue is expected, and only where a body follows") {
  CHECK(request("Host: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n")->expect_continue);
  CHECK_FALSE(request("Host: a\r\nExpect: 100-continue\r\n")->expect_continue);
  CHECK(request("Host: a\r\nExpect: tea\r\n").error().code == errc::expectation_failed);
}

TEST_CASE("responses are framed as strictly") {
  CHECK(response("Content-Length: 3\r\n")->length == 3);
  CHECK(response("Transfer-Encoding: chunked\r\n")->kind == body_kind::chunked);
  CHECK(response("")->kind == body_kind::until_close);
  CHECK_FALSE(response("")->keep_alive);
  CHECK(response("Content-Length: 9\r\n", "HTTP/1.1 304 X")->kind == body_kind::none);
  for (const char* lines :
       {"Content-Length: 3\r\nContent-Length: 3\r\n", "Content-Length: 3, 3\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip\r\n"}) {
    CAPTURE(lines);
    REQUIRE(response(lines).has_error());
    CHECK(response(lines).error().code == errc::origin_bad_response);
  }
  CHECK(response("Content-Length: 3\r\n", "HTTP/1.1 204 X").has_error());
  CHECK(response("Transfer-Encoding: chunked\r\n", "HTTP/1.0 200 OK").has_error());
}
