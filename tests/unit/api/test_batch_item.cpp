#include "api/batch_item.hpp"
#include "core/body.hpp"

#include <string>

#include "tests/support/catch.hpp"

using namespace tailrace;
using api::parsed_item;

namespace {

const hash::algorithm_list usual{hash::algorithm::sha256};

parsed_item read(std::string_view line) {
  api::item_reader reader({usual, 100});
  return reader.read(line, 12);
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
  api::item_reader reader({usual, 100});
  for (const char* line : {"{", "{}{}", "nul", "{\"data\":\"\xff\"}", "{\"data\":\"\"", "\"", "{]",
                           "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}) {
    CAPTURE(line);
    const auto broken = reader.read(line, 41);
    REQUIRE(broken.wrong);
    CHECK(broken.wrong->detail.starts_with("line 41 is not JSON: "));
    const auto good = reader.read(R"({"data":"aGVsbG8="})", 42);
    CHECK_FALSE(good.wrong);
  }
}

TEST_CASE("what a client sent comes back in an error only in part") {
  const std::string much(1000, 'x');
  CHECK(wrong("{\"" + much + "\":1}").size() < 200);
  CHECK(wrong(R"({"data":"","algorithms":[")" + much + "\"]}").size() < 300);
  CHECK(wrong(R"({"data":"","verify":")" + much + ":00\"}").size() < 300);
  CHECK(wrong("{\"url\":\"" + much + "\"}") == "url is longer than 100 bytes (uri-bytes-max)");
}

TEST_CASE("a long text is looked at before it is given memory") {
  std::string many = "{\"data\":\"\",\"id\":[";
  for (int i = 0; i < 5000; ++i) many += "1,";
  CHECK(wrong(many + "1]}") == "an item has no more than 64 values");
  const auto large = read("{\"data\":\"" + std::string(400'000, 'A') + "\"}");
  REQUIRE_FALSE(large.wrong);
  CHECK(large.item.data.size() == 300'000);
  CHECK(wrong("{\"data\":\"" + std::string(400'000, 'A')).starts_with("line 12 is not JSON: "));
}
