#include "api/batch_document.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tailrace;

namespace {

std::vector<std::string> items_of(std::string_view text) {
  const auto checked = api::check_document(text);
  if (checked.has_error()) {
    CHECK(checked.error().code == errc::bad_parameter);
    return {checked.error().detail};
  }
  std::vector<std::string> out;
  api::document_items items(text);
  while (const auto item = items.next()) out.emplace_back(*item);
  return out;
}

}  // namespace

TEST_CASE("a document's items come out as their text") {
  using list = std::vector<std::string>;
  CHECK(items_of("{\"items\":[]}") == list{});
  CHECK(items_of(" {\r\n\t\"items\" : [ ] } ") == list{});
  CHECK(items_of("{\"items\":[{\"a\":[1,{\"b\":\"]},\\\"\"}]},7 , \"x,\\\\\",null]}") ==
        list{"{\"a\":[1,{\"b\":\"]},\\\"\"}]}", "7 ", "\"x,\\\\\"", "null"});
  CHECK(items_of("{\"\\u0069tems\":[[[]],{}]}") == list{"[[]]", "{}"});
}

TEST_CASE("a document that is none says why, and where") {
  const std::string form = "the body must be an object with one member, the array items";
  for (const char* text :
       {"[]", "{}", "{\"items\":{}}", "{\"items\":7}", "{\"items\":[],\"more\":1}", "7",
        "{\"items\":[],\"items\":[]}", "[{\"items\":[]}]", "{\"more\":{\"items\":[]}}",
        "{\"itemsx\":[]}", "{\"Items\":[]}", "{\"items\":{\"items\":[]}}",
        "{\"itemsitemsitemsitemsitemsitems\":[]}"}) {
    CAPTURE(text);
    CHECK(items_of(text).front() == form);
  }
  const auto wrong = [](std::string_view text) { return items_of(text).front(); };
  CHECK(wrong("{\"items\":[\n{},\n{oops}]}") == "the body is not JSON, line 3: syntax error");
  CHECK(wrong("{\"items\":[\n\n").starts_with("the body is not JSON, line 3: "));
  CHECK(wrong("").starts_with("the body is not JSON, line 1: "));
  CHECK(wrong("{\"items\":[]}\n{}").starts_with("the body is not JSON, line 2: "));
  CHECK(wrong("{\"items\":[\"\xff\"]}").starts_with("the body is not JSON, line 1: "));
  CHECK(wrong("{\"items\":[" + std::string(100, '[')).starts_with("the body is not JSON"));
}

TEST_CASE("values are counted without being kept") {
  CHECK(api::is_small_json("{\"a\":[1,2,3]}", 6));
  CHECK_FALSE(api::is_small_json("{\"a\":[1,2,3]}", 5));
  CHECK(api::is_small_json("{broken", 5));
}
