#include "http/multipart.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using namespace tailrace;
using http::multipart_parser;

namespace {

using list = std::vector<std::string>;

// The parts of `text` as "name|filename|data", fed `piece` bytes more at a time; then how it ended.
list parts_of(std::string_view text, std::size_t piece, std::string_view boundary = "b") {
  using event = multipart_parser::event;
  multipart_parser parser(boundary);
  list out;
  std::size_t begin = 0;
  std::size_t end = 0;
  for (;;) {
    const auto step = parser.next(text.substr(begin, end - begin));
    if (step.has_error()) {
      CHECK(step.error().code == errc::bad_request);
      out.push_back(step.error().detail.substr(std::string("multipart/form-data: ").size()));
      return out;
    }
    REQUIRE(step->consumed <= end - begin);
    begin += step->consumed;
    switch (step->what) {
      case event::part:
        out.push_back(parser.part().name + "|" + parser.part().filename.value_or("-") + "|");
        break;
      case event::data:
        REQUIRE_FALSE(step->data.empty());
        out.back().append(step->data);
        break;
      case event::part_end:
        out.back().append("|");
        break;
      case event::end:
        out.push_back("end");
        break;
      case event::more:
        if (step->consumed > 0) break;
        if (end == text.size()) return out;
        end = std::min(end + piece, text.size());
        break;
    }
  }
}

std::string part(const std::string& disposition, const std::string& data,
                 const std::string& before = "--b\r\n") {
  return before + "Content-Disposition: " + disposition + "\r\n\r\n" + data + "\r\n";
}

}  // namespace

TEST_CASE("a form's parts come out whole however its bytes arrive") {
  const std::string one = part("form-data; name=\"a\"", "hello");
  const std::string file = part("form-data; name=f; filename=\"x y.bin\"", "\r\n--\r\n-\r--b");
  for (std::size_t piece = 1; piece < 200; piece += piece < 20 ? 1 : 13) {
    CAPTURE(piece);
    CHECK(parts_of(one + "--b--\r\n", piece) == list{"a|-|hello|", "end"});
    CHECK(parts_of(one + file + "--b--", piece) ==
          list{"a|-|hello|", "f|x y.bin|\r\n--\r\n-\r--b|", "end"});
    CHECK(parts_of("preamble\r\n--c\r\n\r\n" + one + "--b--epilogue\r\n--b\r\n", piece) ==
          list{"a|-|hello|", "end"});
    CHECK(parts_of(part("form-data; name=e", "") + "--b--", piece) == list{"e|-||", "end"});
    CHECK(parts_of(part("form-data; name=e", "x", "--b \t\r\nX-Other: 1\r\n") + "--b--", piece) ==
          list{"e|-|x|", "end"});
    CHECK(parts_of("--b--", piece) == list{"end"});
  }
}

TEST_CASE("names are read as browsers and curl write them") {
  const auto name = [](const std::string& disposition) {
    return parts_of(part(disposition, "") + "--b--", 1000).front();
  };
  CHECK(name("form-data; name=\"a\\\"b\\\\c\"") == "a\"b\\c|-||");
  CHECK(name("form-data; name=\"a\"; filename=\"C:\\dir\\file\"") == "a|C:\\dir\\file||");
  CHECK(name("FORM-DATA ;NAME = a ; filename=x") == "a|x||");
  CHECK(name("form-data; name=\"a;b\"; filename=\"\"") == "a;b|||");
  CHECK(name("form-data; name=\"%22\"; filename*=UTF-8''x") == "%22|-||");
  CHECK(name("form-data; name=\"\"") == "|-||");
}

TEST_CASE("a form that is none says why") {
  const auto wrong = [](const std::string& text) { return parts_of(text, 1000).back(); };
  CHECK(wrong("--bx\r\n") == "a boundary's line has something behind it");
  CHECK(wrong("--b-x\r\n") == "a boundary's line has something behind it");
  CHECK(wrong("--b" + std::string(300, ' ') + "\r\n") ==
        "a boundary's line has something behind it");
  CHECK(wrong("--b\r\n\r\nx\r\n--b--") == "a part has no Content-Disposition");
  CHECK(wrong("--b\r\nContent-Type: a\r\n\r\nx\r\n--b--") == "a part has no Content-Disposition");
  CHECK(wrong("--b\r\nno colon\r\n\r\n") == "a part has a header line that is none");
  CHECK(wrong(part("attachment; name=a", "")) == "a part's Content-Disposition is not form-data");
  CHECK(wrong(part("form-data", "")) == "a part has no name");
  CHECK(wrong(part("form-data; name=a; name=b", "")) == "a part has two names");
  CHECK(wrong(part("form-data; name=a; filename=b; filename=b", "")) ==
        "a part has two file names");
  CHECK(wrong(part("form-data; name=\"a", "")) == "a part's Content-Disposition cannot be read");
  CHECK(wrong(part("form-data; name=a; x", "")) == "a part's Content-Disposition cannot be read");
  CHECK(wrong(part("form-data; name=a\r\nContent-Disposition: form-data; name=a", "")) ==
        "a part has two Content-Dispositions");
  CHECK(wrong(part("form-data; name=a\r\nContent-Transfer-Encoding: base64", "")) ==
        "a part is encoded");
  CHECK(wrong("--b\r\nA: " + std::string(9000, 'x')) == "a part's header section is too long");
  // Nothing wrong yet: more may come.
  CHECK(parts_of("--b\r\nContent-Disposition: form-data; name=a\r\n\r\nabc", 10) ==
        list{"a|-|abc"});
}

TEST_CASE("the boundary of a Content-Type") {
  const auto boundary = [](std::string_view type) {
    const auto b = http::form_boundary(type);
    if (b.has_error()) return b.error().detail;
    return b->value_or("none");
  };
  CHECK(boundary("multipart/form-data; boundary=abc") == "abc");
  CHECK(boundary("Multipart/Form-Data;charset=x; Boundary=\"a b?\"") == "a b?");
  CHECK(boundary("multipart/mixed; boundary=abc") == "none");
  CHECK(boundary("text/plain") == "none");
  CHECK(boundary("") == "none");
  CHECK(boundary("multipart/form-data") == "multipart/form-data: Content-Type names no boundary");
  for (const std::string& b : {std::string(), std::string(71, 'a'), std::string("a\"b"),
                               std::string("\"a \""), std::string("a\xc3")}) {
    CAPTURE(b);
    CHECK(boundary("multipart/form-data; boundary=" + b) ==
          "multipart/form-data: the boundary is none");
  }
  CHECK(boundary("multipart/form-data; boundary=" + std::string(70, 'a')) == std::string(70, 'a'));
}
