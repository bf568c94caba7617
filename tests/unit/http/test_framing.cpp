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

TEST_CASE("requests whose end two readers could see differently are refused") {
  struct row {
    const char* rule;
    const char* start;
    const char* lines;
  };
  const char* post = "POST / HTTP/1.1";
  const row rows[] = {
      {"RFC 9112 6.1: both", post,
       "Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"},
      {"RFC 9112 6.1: both, other order", post,
       "Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n"},
      {"RFC 9112 6.3: repeated length", post,
       "Host: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n"},
      {"RFC 9112 6.3: list", post, "Host: a\r\nContent-Length: 5, 5\r\n"},
      {"RFC 9110 8.6: sign", post, "Host: a\r\nContent-Length: +5\r\n"},
      {"RFC 9110 8.6: minus", post, "Host: a\r\nContent-Length: -5\r\n"},
      {"padded", post, "Host: a\r\nContent-Length: 05\r\n"},
      {"empty", post, "Host: a\r\nContent-Length:\r\n"},
      {"hexadecimal", post, "Host: a\r\nContent-Length: 0x5\r\n"},
      {"space inside", post, "Host: a\r\nContent-Length: 5 5\r\n"},
      {"overflow", post, "Host: a\r\nContent-Length: 18446744073709551616\r\n"},
      {"over 2^62", post, "Host: a\r\nContent-Length: 9223372036854775807\r\n"},
      {"RFC 9112 6.1: gzip", post, "Host: a\r\nTransfer-Encoding: gzip, chunked\r\n"},
      {"RFC 9112 6.1: chunked not last", post, "Host: a\r\nTransfer-Encoding: chunked, gzip\r\n"},
      {"list with an empty element", post, "Host: a\r\nTransfer-Encoding: ,chunked\r\n"},
      {"repeated coding", post,
       "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"},
      {"identity", post, "Host: a\r\nTransfer-Encoding: identity\r\n"},
      {"RFC 9112 6.1: HTTP/1.0", "POST / HTTP/1.0", "Host: a\r\nTransfer-Encoding: chunked\r\n"},
      {"RFC 9112 5.1: space before the colon", post, "Host: a\r\nContent-Length : 5\r\n"},
      {"empty name", post, "Host: a\r\n: 5\r\n"},
      {"RFC 9112 3.2: no Host", post, ""},
      {"RFC 9112 3.2: two Hosts", post, "Host: a\r\nHost: a\r\n"},
      {"RFC 9112 3.2: bad Host", post, "Host: a/b\r\n"},
      {"RFC 9112 3.2: bad Host, user", post, "Host: u@b\r\n"},
      {"RFC 9112 3.2: bad port", post, "Host: a:8x\r\n"},
      {"RFC 9112 3.2: fragment", "GET /a#b HTTP/1.1", "Host: a\r\n"},
      {"RFC 9112 3.2: target", "GET a HTTP/1.1", "Host: a\r\n"},
      {"RFC 9112 3.2.4: asterisk with GET", "GET * HTTP/1.1", "Host: a\r\n"},
      {"RFC 9112 2.3: version", "GET / HTTP/1.2", "Host: a\r\n"},
      {"RFC 9112 2.3: version", "GET / HTTP/2.0", "Host: a\r\n"},
      {"RFC 9112 2.3: version", "GET / http/1.1", "Host: a\r\n"},
      {"RFC 9112 3: two spaces", "GET  / HTTP/1.1", "Host: a\r\n"},
  };
  for (const row& r : rows) {
    CAPTURE(r.rule, r.lines);
    const auto framed = request(r.lines, r.start);
    REQUIRE(framed.has_error());
    CHECK(framed.error().code == errc::bad_request);
  }
}

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
