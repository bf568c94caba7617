// Bad input, one by one: a problem with the right status, and the service goes on.
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/images.hpp"
#include "tests/support/origin.hpp"
#include "tests/support/service.hpp"

using namespace tailrace;

namespace {

void check_problem(const test::answer& a, int status, const std::string& code) {
  CAPTURE(a.head, a.body);
  CHECK(a.status == status);
  CHECK(a.field("Content-Type") == "application/problem+json");
  CHECK(a.body.find("\"code\":\"" + code + "\"") != std::string::npos);
  CHECK(a.body.find("\"status\":" + std::to_string(status)) != std::string::npos);
  CHECK_FALSE(a.field("X-Request-Id").empty());
}

std::string jpeg_of(int width, int height) {
  test::image_engine();
  return std::string(as_text(test::as_jpeg(test::noise(width, height))));
}

void check_alive(const test::service& s) {
  CHECK(s.get("/livez").status == 200);
}

}  // namespace

TEST_CASE("routes and methods outside the table") {
  test::service s;
  check_problem(s.get("/nothing"), 404, "route_not_found");
  check_problem(s.get("/v1/hash/more"), 404, "route_not_found");
  const auto refused = s.get("/v1/hash?url=x", {"-X", "DELETE"});
  check_problem(refused, 405, "method_not_allowed");
  CHECK(refused.field("Allow") == "GET, HEAD, POST, OPTIONS");
  const auto options = s.get("/livez", {"-X", "OPTIONS"});
  CHECK(options.status == 204);
  CHECK(options.field("Allow") == "GET, HEAD, OPTIONS");
  check_alive(s);
}

TEST_CASE("parameters are named when they are missing or wrong") {
  test::service s;
  const struct {
    const char* target;
    const char* named;
  } rows[] = {
      {"/v1/hash", "url"},
      {"/v1/hash?url=", "url"},
      {"/v1/hash?url=http://a.example/&algorithm=sha257", "sha257"},
      {"/v1/hash?url=http://a.example/&algorithm=sha256,sha256", "twice"},
      {"/v1/hash?url=http://a.example/&verify=sha256:12", "64 hex digits"},
      {"/v1/hash?url=http://a.example/&width=3", "width"},
      {"/v1/hash?url=http://a.example/&url=http://b.example/", "twice"},
      {"/v1/hash?url=%zz", "percent"},
      {"/v1/hash?url=http://a.example/&timeout_ms=0", "timeout_ms"},
      {"/v1/resize?url=http://a.example/&width=-1", "width"},
      {"/v1/resize?url=http://a.example/&width=many", "width"},
      {"/v1/resize?url=http://a.example/&gravity=middle", "gravity"},
      {"/v1/resize?url=http://a.example/&format=bmp", "format"},
      {"/v1/resize?url=http://a.example/&quality=101", "quality"},
      {"/v1/resize?url=http://a.example/&wdth=3", "wdth"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.target);
    const auto a = s.get(r.target);
    check_problem(a, 400, "bad_parameter");
    CHECK(a.body.find(r.named) != std::string::npos);
  }
  check_alive(s);
}

TEST_CASE("source URLs that are none, and sources that are refused") {
  test::service s;
  for (const char* url : {"ftp://a.example/", "a.example", "http://", "file:///etc/passwd",
                          "http://u:p@a.example/", "http://127.1/", "http://0x7f.0.0.1/"}) {
    CAPTURE(url);
    check_problem(s.get(std::string("/v1/hash?url=") + url), 400, "bad_url");
  }
  for (const char* url : {"http://10.0.0.1/", "http://169.254.169.254/latest/", "http://[::]/",
                          "http://192.168.1.1/x", "local:///etc/passwd"}) {
    CAPTURE(url);
    check_problem(s.get(std::string("/v1/hash?url=") + url, {"--globoff"}), 403, "source_refused");
  }
  check_alive(s);
}

TEST_CASE("origins that fail") {
  test::service s({"--origin-wait-timeout-ms=300", "--hash-bytes-max=1000"});
  const auto hash = [&](const test::origin& o) { return s.get("/v1/hash?url=" + o.url("/a")); };
  using test::script;

  check_problem(s.get("/v1/hash?url=http://127.0.0.1:1/"), 502, "origin_unreachable");
  test::origin slow({script().request().stall()});
  check_problem(hash(slow), 504, "origin_timeout");
  test::origin missing({script().request().send(test::status(404))});
  check_problem(hash(missing), 404, "source_not_found");
  test::origin broken({script().request().send(test::status(500))});
  check_problem(hash(broken), 502, "origin_failed");
  test::origin nonsense({script().request().send("SSH-2.0-OpenSSH\r\n\r\n")});
  check_problem(hash(nonsense), 502, "origin_bad_response");
  test::origin cut({script().request().send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")});
  check_problem(hash(cut), 502, "origin_incomplete");
  test::origin large({script().request().send(test::ok(std::string(1001, 'a')))});
  check_problem(hash(large), 413, "body_too_large");
  test::origin endless({script().request().send("HTTP/1.1 200 OK\r\n\r\n").flood("more")});
  check_problem(hash(endless), 413, "body_too_large");
  check_alive(s);
}

TEST_CASE("bodies over the limit are refused before and while they arrive") {
  test::service s({"--hash-bytes-max=1000"});
  const std::string file = s.folder().write("large", std::string(100'000, 'a'));
  check_problem(s.get("/v1/hash", {"--data-binary", "@" + file}), 413, "body_too_large");
  check_problem(
      s.get("/v1/hash", {"-H", "Transfer-Encoding: chunked", "--data-binary", "@" + file}), 413,
      "body_too_large");
  check_alive(s);
}

TEST_CASE("what is no image, or not a whole one, or too large a one") {
  test::service s({"--image-pixels-max=100000", "--image-bytes-max=200000"});
  const auto resize = [&](const std::string& name, const std::string& bytes) {
    const std::string file = s.folder().write(name, bytes);
    return s.get("/v1/resize?width=10", {"--data-binary", "@" + file});
  };
  check_problem(resize("text", "this is no image"), 422, "not_an_image");
  check_problem(resize("empty", ""), 422, "not_an_image");
  const std::string jpeg = jpeg_of(300, 200);
  CHECK(resize("whole", jpeg).status == 200);
  check_problem(resize("half", jpeg.substr(0, jpeg.size() / 2)), 422, "image_truncated");
  check_problem(resize("wide", jpeg_of(400, 300)), 422, "image_too_large");
  check_problem(resize("many bytes", std::string(200'001, 'a')), 413, "body_too_large");
  check_alive(s);
}

TEST_CASE("a digest that does not match is told with both") {
  test::service s;
  const std::string wrong = "sha256:" + std::string(64, '0');
  const auto a = s.get("/v1/hash?verify=" + wrong, {"--data-binary", "hello"});
  check_problem(a, 422, "digest_mismatch");
  CHECK(a.body.find(wrong) != std::string::npos);
  CHECK(a.body.find("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824") !=
        std::string::npos);
  const std::string jpeg = s.folder().write("jpeg", jpeg_of(30, 20));
  check_problem(s.get("/v1/resize?width=10&verify=" + wrong, {"--data-binary", "@" + jpeg}), 422,
                "digest_mismatch");
}

TEST_CASE("overload is refused at once, and says when to come back") {
  test::service s({"--requests-in-flight-max=1", "--origin-wait-timeout-ms=20000"});
  test::origin slow({test::script().request().stall()});
  // One request holds the only permit for as long as its origin says nothing.
  test::process holder({"curl", "--silent", s.url("/v1/hash?url=" + slow.url("/"))},
                       s.folder().path("holder"));
  s.wait_for_at_least("tailrace_requests_in_flight", 1);
  const auto a = s.get("/v1/hash", {"--data-binary", "hello"});
  check_problem(a, 503, "overloaded");
  CHECK_FALSE(a.field("Retry-After").empty());
  CHECK(s.metric("tailrace_rejections_total{reason=\"overload\"}") == 1);
  check_alive(s);
}

TEST_CASE("what is refused before it reached a route is counted as no route's") {
  test::service s;
  CHECK(s.get("/livez", {"-H", "Content-Length: x", "-X", "GET"}).status == 400);
  CHECK(s.metric("tailrace_http_requests_total{route=\"other\",method=\"GET\",status=\"400\"}") ==
        1);
  CHECK(s.metric("tailrace_http_requests_total{route=\"/livez\",method=\"GET\",status=\"400\"}") ==
        0);
}

TEST_CASE("all memory and every permit is given back") {
  test::service s({"--local-root=" + std::string(TAILRACE_SOURCE_DIR) + "/config/samples"});
  CHECK(s.get("/v1/resize?url=local:///river.jpg&w=100&digest=sha256").status == 200);
  CHECK(s.get("/v1/resize?url=local:///missing.jpg").status == 404);
  CHECK(s.get("/v1/resize", {"--data-binary", "no image"}).status == 422);
  CHECK(s.metric("tailrace_memory_budget_bytes") > 0);
  CHECK(s.metric("tailrace_memory_reserved_bytes") == 0);
  CHECK(s.metric("tailrace_requests_in_flight") == 0);
}
