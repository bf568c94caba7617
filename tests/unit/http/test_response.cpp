#include "core/error.hpp"
#include "http/json.hpp"
#include "http/problem.hpp"
#include "http/response.hpp"

#include <boost/json.hpp>

#include <string>

#include "tests/support/catch.hpp"

using namespace tailrace;

namespace {

std::string head_of(const http::response& r, http::version v, bool keep_alive) {
  std::string out;
  http::append_head(out, r, {v, keep_alive, "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"});
  return out;
}

}  // namespace

TEST_CASE("heads say length and persistence") {
  http::response r;
  r.content_type = "text/plain";
  r.text = "hello";
  r.add("X-A", "b");
  CHECK(head_of(r, http::version::http_1_1, true) ==
        "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: text/plain\r\n"
        "Content-Length: 5\r\nX-A: b\r\n\r\n");
  CHECK(head_of(r, http::version::http_1_1, false).find("Connection: close\r\n") !=
        std::string::npos);
  CHECK(head_of(r, http::version::http_1_0, true).find("Connection: keep-alive\r\n") !=
        std::string::npos);
}

TEST_CASE("statuses without content have no length") {
  http::response r;
  for (const unsigned status : {204U, 304U}) {
    r.status = status;
    CHECK(head_of(r, http::version::http_1_1, true).find("Content-Length") == std::string::npos);
  }
}

TEST_CASE("values cannot end the line they stand in") {
  http::response r;
  r.add("X-A", "b\r\nX-Evil: c\n\x7f");
  CHECK(r.added() == "X-A: b  X-Evil: c  \r\n");
}

TEST_CASE("a cleared response is as new") {
  http::response r;
  r.status = 500;
  r.text = "x";
  r.close = true;
  r.add("A", "b");
  r.clear();
  CHECK(r.status == 200);
  CHECK(r.content().empty());
  CHECK(r.added().empty());
  CHECK_FALSE(r.close);
}

TEST_CASE("every error becomes a problem of its own, and ours say nothing of their cause") {
  for (std::size_t i = 0; i < errc_count; ++i) {
    const auto code = static_cast<errc>(i);
    CAPTURE(name_of(code));
    http::response r;
    http::write_problem(r, error(code, "the \"detail\""), "an-id");
    const auto json = boost::json::parse(r.text);
    CHECK(json.at("code").as_string() == boost::json::string_view(name_of(code)));
    CHECK(json.at("status").to_number<unsigned>() == r.status);
    CHECK(json.at("instance").as_string() == "an-id");
    CHECK(r.content_type == "application/problem+json");
    CHECK(r.status >= 400);
    CHECK(http::reason_of(r.status).empty() == false);
    const bool ours = side_of(code) == side::us;
    CHECK(json.as_object().contains("detail") == !ours);
    // One that is the origin's: too many wait for it, so that this one is refused at once.
    CHECK((r.status == 500 || r.status == 503) == (ours || code == errc::origin_busy));
    CHECK((r.added().find("Retry-After") != std::string_view::npos) ==
          (r.status == 503 || r.status == 429 || code == errc::origin_suspended));
  }
}

TEST_CASE("JSON strings survive any bytes") {
  std::string every;
  for (int c = 0; c < 256; ++c) every.push_back(static_cast<char>(c));
  every += "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\xed\xa0\x80\xc0\xaf";
  std::string out;
  http::append_json_string(out, every);
  const auto back = boost::json::parse(out);
  const std::string text(back.as_string().begin(), back.as_string().end());
  CHECK(text.substr(0, 128) == every.substr(0, 128));
  CHECK(text.find("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80") != std::string::npos);
}
