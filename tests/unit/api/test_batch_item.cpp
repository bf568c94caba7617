#include "api/batch_item.hpp"
#include "core/body.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace tailrace;
using api::parsed_item;

namespace {

const hash::algorithm_list usual{hash::algorithm::sha256};

parsed_item read(std::string_view line) {
  api::item_line_reader reader;
  return reader.read(line, 12, usual);
}

std::string wrong(std::string_view line) {
  const auto one = read(line);
  if (!one.wrong) return "nothing";
  CHECK(one.wrong->code == errc::bad_parameter);
  return one.wrong->detail;
}

}  // namespace

TEST_CASE("an item's members are read") {
  const auto one = read(R"({"url":"http://a/b","id":"x","algorithms":["md5","sha1"],)"
                        R"("verify":"sha256:)" +
                        std::string(64, 'A') + R"(","timeout_ms":250})");
  REQUIRE_FALSE(one.wrong);
  CHECK(one.item.url == "http://a/b");
  CHECK(one.item.id == "\"x\"");
  CHECK(one.item.algorithms ==
        hash::algorithm_list{hash::algorithm::md5, hash::algorithm::sha1, hash::algorithm::sha256});
  REQUIRE(one.item.verify);
  CHECK(one.item.verify->hex == std::string(64, 'a'));
  CHECK(one.item.timeout == std::chrono::milliseconds(250));
  const auto data = read(R"({"data":"aGVsbG8="})");
  REQUIRE_FALSE(data.wrong);
  CHECK(as_text(data.item.data) == "hello");
  CHECK(data.item.algorithms == usual);
  CHECK(data.item.id.empty());
}

TEST_CASE("an id is any scalar, and comes back as it was") {
  for (const char* id : {"1", "-7", "18446744073709551615", "\"a\\\"b\"", "true", "null", "\"\""}) {
    CAPTURE(id);
    const auto one = read("{\"data\":\"\",\"id\":" + std::string(id) + "}");
    REQUIRE_FALSE(one.wrong);
    CHECK(one.item.id == id);
  }
  CHECK(wrong(R"({"data":"","id":[]})") == "id must be a string, a number, true, false or null");
  CHECK(wrong(R"({"data":"","id":")" + std::string(1100, 'x') + "\"}") ==
        "id is longer than 1024 bytes");
}

TEST_CASE("what is wrong with an item is said, and its id is kept") {
  CHECK(wrong("[]") == "an item must be an object");
  CHECK(wrong("{}") == "an item needs url or data");
  CHECK(wrong(R"({"url":"a","data":""})") == "an item has url or data, not both");
  CHECK(wrong(R"({"url":""})") == "url must be a string, not empty");
  CHECK(wrong(R"({"url":1})") == "url must be a string, not empty");
  CHECK(wrong(R"({"data":1})") == "data must be a string in base64");
  CHECK(wrong(R"({"data":"a"})") == "data is not base64 (RFC 4648, section 4, with padding)");
  CHECK(wrong(R"({"data":"","Id":1})") ==
        "unknown key 'Id'; known are id url data algorithms verify timeout_ms");
  CHECK(wrong(R"({"data":"","algorithms":"md5"})") ==
        "algorithms must be an array of names, not empty");
  CHECK(wrong(R"({"data":"","algorithms":[]})") ==
        "algorithms must be an array of names, not empty");
  CHECK(wrong(R"({"data":"","algorithms":[1]})") == "algorithms must be an array of names");
  CHECK(wrong(R"({"data":"","algorithms":["md4"]})").starts_with("unknown algorithm 'md4'"));
  CHECK(wrong(R"({"data":"","algorithms":["md5","md5"]})") == "algorithm 'md5' is given twice");
  CHECK(wrong(R"({"data":"","verify":"md5:00"})") == "verify: a digest of md5 has 32 hex digits");
  CHECK(wrong(R"({"data":"","verify":1})") == "verify must be a string: ALGORITHM:HEX");
  for (const char* time : {"0", "-1", "1.5", "86400001", "\"1\"", "1e3", "99999999999999999999"}) {
    CAPTURE(time);
    CHECK(wrong("{\"data\":\"\",\"timeout_ms\":" + std::string(time) + "}") ==
          "timeout_ms must be a whole number from 1 to 86400000");
  }
  const auto one = read(R"({"id":5,"nope":1})");
  CHECK(one.wrong);
  CHECK(one.item.id == "5");
}

TEST_CASE("a line that is not JSON names itself, and the next one is read") {
  api::item_line_reader reader;
  for (const char* line : {"{", "{}{}", "nul", "{\"data\":\"\xff\"}", "{\"data\":\"\"", "\"", "{]",
                           "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}) {
    CAPTURE(line);
    const auto broken = reader.read(line, 41, usual);
    REQUIRE(broken.wrong);
    CHECK(broken.wrong->detail.starts_with("line 41 is not JSON: "));
    const auto good = reader.read(R"({"data":"aGVsbG8="})", 42, usual);
    CHECK_FALSE(good.wrong);
  }
}

TEST_CASE("a document is an object with items, and says where it breaks") {
  const auto all = api::read_document("{\"items\":[{\"data\":\"\"},7]}", usual);
  REQUIRE(all.has_value());
  REQUIRE(all->size() == 2);
  CHECK_FALSE((*all)[0].wrong);
  CHECK((*all)[1].wrong);
  const auto detail = [](std::string_view text) {
    const auto read = api::read_document(text, usual);
    return read.has_error() ? read.error().detail : std::string("nothing");
  };
  for (const char* text : {"[]", "{}", "{\"items\":{}}", "{\"items\":[],\"more\":1}", "7"})
    CHECK(detail(text) == "the body must be an object with one member, the array items");
  CHECK(detail("{\"items\":[\n{},\n{oops}]}") == "the body is not JSON, line 3: syntax error");
  CHECK(detail("{\"items\":[\n\n").starts_with("the body is not JSON, line 3: "));
  CHECK(detail("").starts_with("the body is not JSON, line 1: "));
  CHECK(detail("{\"items\":[]}\n{}").starts_with("the body is not JSON, line 2: "));
}
