#include "core/escape.hpp"
#include "core/log_line.hpp"

#include <boost/json/parse.hpp>

#include <limits>
#include <random>
#include <string>

#include "tests/support/catch.hpp"

namespace tailrace {
namespace {

// 2026-01-31T12:34:56.789Z
const std::chrono::system_clock::time_point moment{std::chrono::milliseconds(1769862896789)};

std::string text(std::string_view message, log_fields f = {}) {
  return log_line(log_format::text, moment, "info", message, f);
}

boost::json::object json(std::string_view message, log_fields f = {}) {
  return boost::json::parse(log_line(log_format::json, moment, "info", message, f)).as_object();
}

bool is_one_plain_line(const std::string& line) {
  for (const unsigned char c : line)
    if (c < 0x20 || c == 0x7f) return false;
  return true;
}

}  // namespace

TEST_CASE("log line: as text") {
  const std::string address = "0.0.0.0:8080";
  CHECK(text("listening", {{"address", address}, {"threads", 2U}, {"ready", true}, {"lag", -1}}) ==
        "2026-01-31T12:34:56.789Z info listening address=0.0.0.0:8080 threads=2 ready=true lag=-1");
  // What a reader could take for something else is quoted.
  CHECK(text("x", {{"a", "two words"}, {"b", ""}, {"c", "k=v"}, {"d", "\"q\""}}) ==
        R"(2026-01-31T12:34:56.789Z info x a="two words" b="" c="k=v" d="\"q\"")");
}

TEST_CASE("log line: as JSON, numbers as numbers") {
  const auto line = json(
      "listening",
      {{"address", "[::]:80"}, {"bytes", std::uint64_t(1) << 63}, {"ratio", 0.25}, {"on", false}});
  CHECK(line.at("time") == "2026-01-31T12:34:56.789Z");
  CHECK(line.at("level") == "info");
  CHECK(line.at("message") == "listening");
  CHECK(line.at("address") == "[::]:80");
  CHECK(line.at("bytes").as_uint64() == std::uint64_t(1) << 63);
  CHECK(line.at("ratio") == 0.25);
  CHECK(line.at("on") == false);
  // JSON knows no infinity.
  CHECK(json("x", {{"n", std::numeric_limits<double>::infinity()}}).at("n").is_null());
}

TEST_CASE("log line: nobody can forge a second line or a second field") {
  CHECK(text("m", {{"agent", "x\n2026-01-31T12:34:56.789Z error hacked"}}) ==
        "2026-01-31T12:34:56.789Z info m "
        "agent=\"x\\x0a2026-01-31T12:34:56.789Z error hacked\"");
  CHECK(text("m\r\nfake") == "2026-01-31T12:34:56.789Z info \"m\\x0d\\x0afake\"");
  CHECK(json("m", {{"agent", "\",\"level\":\"error"}}).at("level") == "info");
  CHECK(json("m", {{"agent", "a\nb\x01\x7f"}}).at("agent") == "a\nb\x01\x7f");
}

TEST_CASE("log line: terminal escapes, C1 controls, line separators and broken UTF-8 are shown") {
  const std::string hostile =
      "\x1b[2J \xc2\x9b \xe2\x80\xa8 \xff \xc0\xaf \xed\xa0\x80 ok \xc3\xa4";
  CHECK(quoted_text(hostile) ==
        "\"\\x1b[2J \\xc2\\x9b \\xe2\\x80\\xa8 \\xff \\xc0\\xaf \\xed\\xa0\\x80 ok \xc3\xa4\"");
  std::string escaped;
  append_json(escaped, hostile);
  CHECK(escaped ==
        "\"\\u001b[2J \\u009b \\u2028 \\ufffd \\ufffd\\ufffd \\ufffd\\ufffd\\ufffd ok \xc3\xa4\"");
}

TEST_CASE("log line: any bytes at all make one line, and valid JSON") {
  const unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (auto& c : bytes) c = static_cast<char>(random());
    REQUIRE(is_one_plain_line(text(bytes, {{"k", bytes}})));
    REQUIRE_NOTHROW(json(bytes, {{"k", bytes}}));
  }
}

TEST_CASE("log line: long values are cut") {
  const std::string long_value(100'000, 'x');
  CHECK(text("m", {{"k", long_value}}).size() < log_value_bytes_max + 100);
  // Cut within a character: what is left of it is shown, not passed on.
  std::string umlauts(1, 'x');
  for (int i = 0; i < 1000; ++i) umlauts += "\xc3\xa4";
  CHECK(json("m", {{"k", umlauts}}).at("k").as_string().ends_with("\xef\xbf\xbd"));
}

TEST_CASE("log line: times before and after the usual") {
  const auto time = [](std::int64_t ms) {
    std::string out;
    append_time(out, std::chrono::system_clock::time_point(std::chrono::milliseconds(ms)));
    return out;
  };
  CHECK(time(0) == "1970-01-01T00:00:00.000Z");
  CHECK(time(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(time(951'827'696'001) == "2000-02-29T12:34:56.001Z");
}

}  // namespace tailrace
