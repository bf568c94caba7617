#include "http/head.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace tailrace;

TEST_CASE("a request head is parsed into views of its bytes") {
  const std::string bytes = "GET /a?b HTTP/1.0\r\nHost: h\r\nX-A: \tb c \r\n\r\n";
  http::request_head head;
  REQUIRE(http::parse_head(bytes, head).has_value());
  CHECK(head.method == http::method::get);
  CHECK(head.method_text.data() == bytes.data());
  CHECK(head.target == "/a?b");
  CHECK(head.version == http::version::http_1_0);
  REQUIRE(head.fields.find("x-a") != nullptr);
  CHECK(head.fields.find("x-a")->value == "b c");
  CHECK(head.fields.find(http::field_name::host)->value == "h");
}

TEST_CASE("a refused head keeps nothing of the one before") {
  http::request_head head;
  {
    const std::string bytes = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    REQUIRE(http::parse_head(bytes, head).has_value());
  }
  REQUIRE(http::parse_head("G(T /b HTTP/1.1\r\nHost: h\r\n\r\n", head).has_error());
  CHECK(head.method == http::method::other);
  CHECK(head.method_text.empty());
  CHECK(head.target.empty());
  CHECK(head.fields.size() == 0);
}

TEST_CASE("lists are searched by whole elements") {
  CHECK(http::list_has("close", "close"));
  CHECK(http::list_has("keep-alive ,\t Close,", "close"));
  CHECK_FALSE(http::list_has("closed, not-close", "close"));
  CHECK_FALSE(http::list_has("", "close"));
}
