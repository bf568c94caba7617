#include "http/head_scanner.hpp"

#include <string>

#include "tests/support/catch.hpp"

using tailrace::errc;
using tailrace::http::head_limits;
using tailrace::http::head_scanner;

namespace {

struct outcome {
  bool failed = false;
  errc code = errc::internal;
  std::size_t size = 0;  // 0 = more is needed
};

// Feeds the first `first` bytes, then the rest, then judges.
outcome scan(const std::string& bytes, std::size_t first, const head_limits& limits = {}) {
  head_scanner scanner(limits);
  for (const auto size : {first, bytes.size()}) {
    const auto r = scanner.scan(std::string_view(bytes).substr(0, size));
    if (r.has_error()) return {true, r.error().code, 0};
    if (*r) return {false, errc::internal, **r};
  }
  return {};
}

struct row {
  const char* what;
  std::string bytes;
  errc code;
};

}  // namespace

TEST_CASE("a head is found at its empty line, however it is split") {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string bytes = head + "next";
  for (std::size_t split = 0; split <= bytes.size(); ++split) {
    CAPTURE(split);
    const auto found = scan(bytes, split);
    CHECK_FALSE(found.failed);
    CHECK(found.size == head.size());
  }
}

TEST_CASE("what a lenient parser would let through is refused, however it is split") {
  using namespace std::string_literals;
  const row rows[] = {
      {"RFC 9112 2.2: bare LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", errc::bad_request},
      {"RFC 9112 2.2: bare CR", "GET / HTTP/1.1\rHost: a\r\n\r\n", errc::bad_request},
      {"RFC 9112 2.2: CR before CRLF", "GET / HTTP/1.1\r\r\nHost: a\r\n\r\n", errc::bad_request},
      {"RFC 9112 5.2: obs-fold", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", errc::bad_request},
      {"RFC 9112 5.2: obs-fold by tab", "GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n", errc::bad_request},
      {"RFC 9112 2.2: space before the first field", "GET / HTTP/1.1\r\n A: b\r\n\r\n",
       errc::bad_request},
      {"RFC 9110 5.5: NUL", "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n"s, errc::bad_request},
      {"RFC 9110 5.5: control", "GET / HTTP/1.1\r\nA: b\x01\r\n\r\n", errc::bad_request},
      {"RFC 9110 5.5: DEL", "GET / HTTP/1.1\r\nA: b\x7f\r\n\r\n", errc::bad_request},
  };
  for (const row& r : rows)
    for (std::size_t split = 0; split <= r.bytes.size(); ++split) {
      CAPTURE(r.what, split);
      const auto found = scan(r.bytes, split);
      CHECK(found.failed);
      CHECK(found.code == r.code);
    }
}

TEST_CASE("empty lines before the start line are passed over, but not without end") {
  head_scanner scanner{head_limits{}};
  const std::string bytes = "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto found = scanner.scan(bytes);
  REQUIRE(found.has_value());
  CHECK(**found == bytes.size());
  CHECK(scanner.start() == 4);
  CHECK(scan("\r\n\r\n\r\n\r\n\r\n\r\n", 3).failed);
}

TEST_CASE("limits: start line 414, header section and field count 431") {
  head_limits limits;
  limits.line_max = 100;
  limits.bytes_max = 400;
  limits.fields_max = 5;
  const std::string end = " HTTP/1.1\r\nHost: a\r\n\r\n";
  CHECK(scan("GET /" + std::string(70, 'a') + end, 10, limits).size > 0);
  CHECK(scan("GET /" + std::string(100, 'a') + end, 10, limits).code == errc::uri_too_long);
  // Also when the line never ends.
  CHECK(scan("GET /" + std::string(200, 'a'), 10, limits).code == errc::uri_too_long);
  const std::string big = "GET / HTTP/1.1\r\nA: " + std::string(400, 'a') + "\r\n\r\n";
  CHECK(scan(big, 10, limits).code == errc::header_too_large);
  std::string five = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 5; ++i) five += "A: b\r\n";
  CHECK(scan(five + "\r\n", 10, limits).size > 0);
  CHECK(scan(five + "A: b\r\n\r\n", 10, limits).code == errc::header_too_large);
}

TEST_CASE("begun tells a cut request from a quiet connection") {
  head_scanner scanner{head_limits{}};
  CHECK_FALSE(scanner.begun());
  REQUIRE(scanner.scan("\r\n").has_value());
  CHECK_FALSE(scanner.begun());
  REQUIRE(scanner.scan("\r\nG").has_value());
  CHECK(scanner.begun());
}
