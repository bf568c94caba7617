#include "loadtest/generator/expectation.hpp"

#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace std::string_literals;
using namespace tailrace::load;

namespace {

expectation of_json(std::vector<std::string> path, std::variant<std::string, long double> value) {
  expectation e;
  e.json = {{std::move(path), std::move(value)}};
  return e;
}

judgement judged(const expectation& e, std::string_view body, unsigned status = 200) {
  return judge(e, {status, {}, body, body.size()});
}

const std::string gif = "GIF89a";
const std::string png = "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\1\x2C\0\0\0\xC8\x08\2\0\0\0"s;

}  // namespace

TEST_CASE("without a word all below 400 is a success and the rest an error") {
  const expectation e;
  CHECK(judged(e, "", 204).how == ending::ok);
  CHECK(judged(e, "", 304).how == ending::ok);
  CHECK(judged(e, "", 404).how == ending::status);
  CHECK(judged(e, "", 999).how == ending::status);
  CHECK(e.needs().body_bytes_max == 0);
}

TEST_CASE("a refusal is neither a success nor an error, and its body is not looked at") {
  expectation e = of_json({"a"}, "b");
  e.refusals[503] = true;
  CHECK(judged(e, "busy", 503).how == ending::refused);
  CHECK(judged(e, "busy", 500).how == ending::status);
  CHECK(judged(e, "busy", 200).how == ending::content);
}

TEST_CASE("JSON values are found by their path and compared by their value") {
  const auto body = R"({"digests":{"sha256":"ab"},"list":[{"n":3},-4.5],"big":18446744073709551615,
                        "one":1.0,"no":null,"a.b":1})";
  const auto how = [&](std::vector<std::string> path,
                       std::variant<std::string, long double> value) {
    return judged(of_json(std::move(path), std::move(value)), body).how;
  };
  CHECK(how({"digests", "sha256"}, "ab") == ending::ok);
  CHECK(how({"list", "0", "n"}, 3.0L) == ending::ok);
  CHECK(how({"list", "1"}, -4.5L) == ending::ok);
  CHECK(how({"big"}, 18446744073709551615.0L) == ending::ok);
  CHECK(how({"one"}, 1.0L) == ending::ok);
  CHECK(how({"digests", "sha256"}, "aB") == ending::content);
  CHECK(how({"digests", "md5"}, "ab") == ending::content);
  CHECK(how({"digests"}, "ab") == ending::content);
  CHECK(how({"digests", "sha256", "x"}, "ab") == ending::content);
  CHECK(how({"list", "2"}, 3.0L) == ending::content);
  CHECK(how({"list", "0x"}, 3.0L) == ending::content);
  CHECK(how({"list", "-1"}, -4.5L) == ending::content);
  CHECK(how({"big"}, 18446744073709551614.0L) == ending::content);
  CHECK(how({"one"}, "1") == ending::content);
  CHECK(how({"no"}, 0.0L) == ending::content);
}

TEST_CASE("every check must hold, and the fault says what is wrong") {
  expectation e = of_json({"a"}, "x");
  e.json.push_back({{"b"}, 2.0L});
  CHECK(judged(e, R"({"a":"x","b":2})").how == ending::ok);
  CHECK(judged(e, R"({"a":"x","b":3})").fault == "JSON b is '3', not 2E0");
  CHECK(judged(e, R"({"a":"x"})").fault == R"(JSON has no b: '{"a":"x"}')");
  CHECK(judged(e, "<html>").fault == "the body is no JSON: '<html>'");
  CHECK(judged(e, "").how == ending::content);
}

TEST_CASE("a body that was too long to be kept is not taken for right") {
  const expectation e = of_json({"a"}, "x");
  const std::string body = R"({"a":"x"})";
  CHECK(judge(e, {200, {}, body, body.size() + 1}).how == ending::content);
}

TEST_CASE("images are told by their header") {
  expectation e;
  e.image = image_check{image_format::png, {}, {}};
  CHECK(judged(e, png).how == ending::ok);
  e.image->width = 300;
  e.image->height = 200;
  CHECK(judged(e, png).how == ending::ok);
  // The pixels need not be kept for that.
  CHECK(judge(e, {200, {}, png, 5'000'000}).how == ending::ok);
  e.image->height = 201;
  CHECK(judged(e, png).fault == "image is png of 300 x 200, not png of 300 x 201");
  e.image = image_check{image_format::jpeg, 300, {}};
  CHECK(judged(e, png).fault == "image is png of 300 x 200, not jpeg of 300 x any");
  CHECK(judged(e, gif).fault == "the body is no image with a readable header: 'GIF89a'");
}

TEST_CASE("headers must be there and be equal") {
  expectation e;
  e.headers = {{"X-A", "1"}, {"X-B", "2"}};
  CHECK(e.needs().headers == std::vector<std::string>{"X-A", "X-B"});
  CHECK(e.needs().body_bytes_max == 0);
  using values = std::vector<std::optional<std::string>>;
  const auto fault = [&e](const values& headers) { return judge(e, {200, headers, "", 0}).fault; };
  CHECK(judge(e, {200, values{"1", "2"}, "", 0}).how == ending::ok);
  CHECK(fault({"1", std::nullopt}) == "no header X-B");
  CHECK(fault({"1, 1", "2"}) == "header X-A is '1, 1', not '1'");
}

TEST_CASE("a fault is known by the check that failed, not by what was sent") {
  expectation e = of_json({"a"}, "x");
  e.json.push_back({{"b"}, 2.0L});
  e.headers = {{"X-A", "1"}};
  const std::vector<std::optional<std::string>> good{"1"}, bad{"2"};
  const auto check = [&e](const auto& headers, std::string_view body) {
    const judgement found = judge(e, {200, headers, body, body.size()});
    CHECK(found.how == ending::content);
    return found.check;
  };
  CHECK(check(good, R"({"a":"y","b":2})") == check(good, R"({"a":"z","b":3})"));
  CHECK(check(good, R"({"a":"x","b":3})") == check(good, R"({"a":"x"})"));
  std::set<std::size_t> all{check(bad, ""), check(good, R"({"a":"y"})"),
                            check(good, R"({"a":"x"})"), check(good, "<html>")};
  e.image = image_check{image_format::png, {}, {}};
  e.json[1].path = {"a"};
  e.json[1].expected = "x";
  all.insert(check(good, R"({"a":"x"})"));
  CHECK(all.size() == 5);
}

TEST_CASE("a fault shows of what was sent only the beginning, and nothing that a terminal obeys") {
  const auto text = judged(of_json({"a"}, "x"), "\x1B[2J\r\n" + std::string(500, 'z')).fault;
  CHECK(text.find('\x1B') == std::string::npos);
  CHECK(text.find('\n') == std::string::npos);
  CHECK(text.size() < 150);
}
