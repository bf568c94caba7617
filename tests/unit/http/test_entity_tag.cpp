#include "http/entity_tag.hpp"

#include "tests/support/catch.hpp"

using namespace tailrace;

namespace {

const http::result_tag tag{"e\"abc\"", std::string("\x01\x02", 2), false};

}  // namespace

TEST_CASE("a result's tag can be read again from If-None-Match") {
  const std::string text = http::spelled(tag);
  CHECK(text == "\"ZSJhYmMi.AQI\"");
  http::result_tag weak = tag;
  weak.weak = true;
  CHECK(http::spelled(weak) == "W/" + text);
  for (const std::string& list : {text, "W/" + text, "\"x\", " + text, text + ",\"y\"",
                                  " \t" + text + " , \"\"", "\"a,b\"," + text}) {
    CAPTURE(list);
    const auto found = http::parse_none_match(list);
    REQUIRE(found.tags.size() == 1);
    CHECK(found.tags[0].source == tag.source);
    CHECK(found.tags[0].variant == tag.variant);
    CHECK(found.tags[0].weak == list.starts_with("W/"));
    CHECK_FALSE(found.any);
  }
}

TEST_CASE("what is not ours or malformed matches nothing") {
  for (const char* list : {"", "\"\"", "\"abc\"", "abc", "\"ab", "\"A.AQI\"", "\"ZSJ.AQI=\"", "W/",
                           "W/x", ", ,", "\"*\""})
    CHECK(http::parse_none_match(list).tags.empty());
  CHECK(http::parse_none_match("*").any);
  CHECK_FALSE(http::parse_none_match("\"*\"").any);
  // A list that is there to keep us busy is read to its sixteenth tag.
  std::string many;
  for (int i = 0; i < 100; ++i) many += http::spelled(tag) + ",";
  CHECK(http::parse_none_match(many).tags.size() == 16);
}

TEST_CASE("validators of origins that can be sent back to them") {
  for (const char* good : {"\"\"", "\"abc\"", "W/\"abc\"", "\"a,b\"", "\"\xe4\""})
    CHECK(http::is_entity_tag(good));
  for (const char* bad :
       {"", "abc", "\"", "\"a\"b\"", "\"a b\"", "w/\"a\"", "\"a\r\nX: y\"", "\"a"})
    CHECK_FALSE(http::is_entity_tag(bad));
  CHECK_FALSE(http::is_entity_tag('"' + std::string(600, 'a') + '"'));
}
