#include "fetch/answer.hpp"
#include "fetch/answer_reader.hpp"

#include "tests/support/catch.hpp"

using namespace tailrace;
using namespace tailrace::fetch;

namespace {

http::head_limits limits() {
  http::head_limits l;
  l.bytes_max = 1000;
  l.fields_max = 10;
  l.line_max = 200;
  return l;
}

result<std::optional<url>> judge(const std::string& head, const char* asked = "http://a.b/c/d",
                                 std::uint64_t bytes_max = 0, unsigned redirects_left = 5) {
  answer_reader reader(limits());
  REQUIRE(reader.feed(head).value().has_value());
  const auto from = parse_url(asked, 1000).value();
  return judge_answer(reader.head(), reader.framing(), from, bytes_max, redirects_left, 1000);
}

std::string redirect(const std::string& to) {
  return "HTTP/1.1 302 Found\r\nLocation: " + to + "\r\n\r\n";
}

}  // namespace

TEST_CASE("a head is found wherever the bytes were split, behind interim ones") {
  const std::string interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nA: b\r\n\r\n";
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nETag: \"x\"\r\n\r\n";
  for (const auto& before : {std::string(), interim}) {
    const std::string all = before + head + "abc";
    const std::size_t body = before.size() + head.size();
    for (std::size_t cut = 0; cut < all.size(); ++cut) {
      answer_reader reader(limits());
      const auto first = reader.feed(std::string_view(all).substr(0, cut));
      REQUIRE(first.has_value());
      CHECK(first->has_value() == (cut >= body));
      if (first->has_value()) continue;
      const auto second = reader.feed(all);
      REQUIRE(second.has_value());
      CHECK(*second == body);
      CHECK(reader.head().status == 200);
      CHECK(reader.head().fields.find(http::field_name::etag)->value == "\"x\"");
      CHECK(reader.framing().length == 3);
    }
  }
}

TEST_CASE("five interim heads are skipped, a sixth is refused") {
  std::string bytes;
  for (int i = 0; i < 5; ++i) bytes += "HTTP/1.1 102 Wait\r\n\r\n";
  const std::string head = "HTTP/1.1 200 OK\r\n\r\n";
  CHECK(answer_reader(limits()).feed(bytes + head).value().has_value());
  bytes += "HTTP/1.1 102 Wait\r\n\r\n";
  const auto refused = answer_reader(limits()).feed(bytes + head);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == errc::origin_bad_response);
}

TEST_CASE("every refusal of a head is the origin's fault") {
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 11; ++i) many += "A: b\r\n";
  for (const std::string& bytes :
       {std::string("\r\nHTTP/1.1 200 OK\r\n\r\n"), std::string("HTTP/1.1 200\nA: b\r\n\r\n"),
        std::string("ICY 200 OK\r\n\r\n"), std::string("HTTP/1.1 2000 OK\r\n\r\n"),
        std::string("HTTP/1.1 101 Switching\r\n\r\n"), many + "\r\n",
        "HTTP/1.1 200 " + std::string(300, 'x') + "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: " + std::string(1100, 'x') + "\r\n\r\n",
        std::string("HTTP/1.1 204 No\r\nContent-Length: 1\r\n\r\n"),
        std::string("HTTP/1.1 100 Continue\r\nContent-Length: 1\r\n\r\n")}) {
    INFO(bytes.substr(0, 60));
    const auto refused = answer_reader(limits()).feed(bytes);
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == errc::origin_bad_response);
  }
}

TEST_CASE("a 200 is wanted unless it is encoded or too large") {
  CHECK(judge("HTTP/1.1 200 OK\r\n\r\n").value() == std::nullopt);
  CHECK(judge("HTTP/1.1 200 OK\r\nContent-Encoding: Identity\r\n\r\n").has_value());
  CHECK(judge("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", "http://a/", 10).has_value());
  CHECK(judge("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", "http://a/", 10).error().code ==
        errc::body_too_large);
  for (const char* coding : {"gzip", "br", "identity, gzip", "x"})
    CHECK(judge("HTTP/1.1 200 OK\r\nContent-Encoding: " + std::string(coding) + "\r\n\r\n")
              .error()
              .code == errc::origin_bad_response);
  CHECK(judge("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: gzip\r\n\r\n")
            .error()
            .code == errc::origin_bad_response);
}

TEST_CASE("statuses that are no success name themselves") {
  for (const char* code : {"404", "410", "400", "403", "500", "502", "201", "206", "304", "305"}) {
    const auto verdict = judge("HTTP/1.1 " + std::string(code) + " X\r\nLocation: /\r\n\r\n");
    REQUIRE(verdict.has_error());
    const bool absent = std::string(code) == "404" || std::string(code) == "410";
    CHECK(verdict.error().code == (absent ? errc::source_not_found : errc::origin_failed));
    CHECK(verdict.error().detail.find(code) != std::string::npos);
  }
}

TEST_CASE("redirects lead where they say, but not everywhere") {
  CHECK(to_string(**judge(redirect("e"))) == "http://a.b/c/e");
  CHECK(to_string(**judge(redirect("https://x.y/"))) == "https://x.y/");
  CHECK(judge(redirect("http://a.b/"), "https://a.b/").error().code == errc::source_refused);
  CHECK(judge(redirect("//x.y/"), "https://a.b/").value()->scheme == scheme::https);
  CHECK(judge(redirect("local:///a")).error().code == errc::source_refused);
  CHECK(judge(redirect("http://1.2/")).error().code == errc::origin_bad_response);
  CHECK(judge(redirect("e"), "http://a.b/", 0, 0).error().code == errc::origin_failed);
  CHECK(judge("HTTP/1.1 301 X\r\n\r\n").error().code == errc::origin_failed);
}
