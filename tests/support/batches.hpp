// What tests of POST /v1/batch say and hear.
#pragma once
#include <boost/json.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/service.hpp"

namespace tailrace::test {

namespace json = boost::json;

inline const std::string hello_sha256 =
    "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
inline const std::string hello_item = R"({"data":"aGVsbG8="})";

inline answer batch(const service& s, const std::string& query, const std::string& body,
                    const std::string& type = "application/x-ndjson") {
  return s.get("/v1/batch" + query, {"-H", "Content-Type: " + type, "--data-binary", "@-"}, body);
}

inline std::vector<json::object> lines_of(const std::string& text) {
  std::vector<json::object> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    REQUIRE(end != text.npos);
    out.push_back(json::parse(text.substr(at, end - at)).as_object());
    at = end + 1;
  }
  return out;
}

// {"total":…,"ok":…,"failed":…,"cancelled":…} as numbers.
inline std::vector<std::int64_t> counts(const json::value& summary) {
  return {summary.at("total").as_int64(), summary.at("ok").as_int64(),
          summary.at("failed").as_int64(), summary.at("cancelled").as_int64()};
}
inline std::vector<std::int64_t> summary_of(const answer& a) {
  CAPTURE(a.head, a.body);
  REQUIRE(a.status == 200);
  REQUIRE(a.curl == 0);
  const auto lines = lines_of(a.body);
  REQUIRE_FALSE(lines.empty());
  return counts(lines.back().at("summary"));
}
using counted = std::vector<std::int64_t>;

inline std::string url_item(const std::string& url) {
  return json::serialize(json::object{{"url", url}}) + "\n";
}

inline std::string head_of_lines(const std::string& query, const std::string& framing) {
  return "POST /v1/batch" + query +
         " HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n" + framing + "\r\n\r\n";
}

inline std::string chunk(const std::string& text) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", text.size());
  return size + text + "\r\n";
}

}  // namespace tailrace::test
