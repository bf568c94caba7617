#include "http/query.hpp"

#include "tests/support/catch.hpp"

using namespace tailrace;

TEST_CASE("targets are taken apart in every form") {
  const struct {
    const char* raw;
    const char* path;
    const char* query;
  } rows[] = {
      {"/", "/", ""},
      {"/a?b=c", "/a", "b=c"},
      {"/a?b?c", "/a", "b?c"},
      {"/a?", "/a", ""},
      {"/x?u=http://h/p", "/x", "u=http://h/p"},
      {"http://h", "/", ""},
      {"http://h/a?b", "/a", "b"},
      {"http://h?b", "/", "b"},
      {"*", "*", ""},
  };
  for (const auto& r : rows) {
    CAPTURE(r.raw);
    CHECK(http::split_target(r.raw).path == r.path);
    CHECK(http::split_target(r.raw).query == r.query);
  }
}

TEST_CASE("queries are decoded, pluses stay") {
  const auto q = http::parse_query("a=b%20c&d=1+2&&e&%66=%3D");
  REQUIRE(q.has_value());
  REQUIRE(q->size() == 4);
  CHECK(q->at(0).value == "b c");
  CHECK(q->at(1).value == "1+2");
  CHECK(q->at(2).name == "e");
  CHECK(q->at(2).value.empty());
  CHECK(q->at(3).name == "f");
  CHECK(q->at(3).value == "=");
}

TEST_CASE("broken queries are refused") {
  for (const char* bad : {"a=%", "a=%2", "a=%zz", "%=1", "=1", "a=%00"}) {
    CAPTURE(bad);
    REQUIRE(http::parse_query(bad).has_error());
    CHECK(http::parse_query(bad).error().code == errc::bad_parameter);
  }
}
