#include "http/line_splitter.hpp"

#include <string>
#include <vector>

#include "tests/support/catch.hpp"

using tailrace::http::line_splitter;

namespace {

// The lines of `input` when it arrives `piece` bytes at a time, as "number:text".
std::vector<std::string> lines_of(std::string_view input, std::size_t piece,
                                  std::size_t line_bytes_max = 8) {
  line_splitter splitter(line_bytes_max);
  std::vector<std::string> out;
  const auto add = [&](const line_splitter::line& l) {
    out.push_back(std::to_string(l.number) + ":" +
                  (l.too_long ? std::string("too long") : std::string(l.text)));
  };
  while (!input.empty()) {
    std::string_view part = input.substr(0, piece);
    input.remove_prefix(part.size());
    while (const auto l = splitter.next(part)) add(*l);
    REQUIRE(part.empty());
  }
  if (const auto l = splitter.last()) add(*l);
  CHECK_FALSE(splitter.last());
  return out;
}

}  // namespace

TEST_CASE("lines come out whole however their bytes arrive") {
  using list = std::vector<std::string>;
  for (std::size_t piece = 1; piece < 40; ++piece) {
    CAPTURE(piece);
    CHECK(lines_of("", piece) == list{});
    CHECK(lines_of("a", piece) == list{"1:a"});
    CHECK(lines_of("a\nbc\n", piece) == list{"1:a", "2:bc"});
    CHECK(lines_of("a\r\n\r\n\n \t\nb\r\nc", piece) == list{"1:a", "5:b", "6:c"});
    CHECK(lines_of("\n\n", piece) == list{});
    CHECK(lines_of("12345678\n12345678\r\n12345678", piece) ==
          list{"1:12345678", "2:12345678", "3:12345678"});
    CHECK(lines_of("123456789\na\n", piece) == list{"1:too long", "2:a"});
    CHECK(lines_of("123456789\r\na", piece) == list{"1:too long", "2:a"});
    CHECK(lines_of("a\n123456789012345678901234567890", piece) == list{"1:a", "2:too long"});
    CHECK(lines_of("123456789012345678901234567890\n\nb\n1234567890", piece) ==
          list{"1:too long", "3:b", "4:too long"});
    CHECK(lines_of("a\rb\n", piece) == list{"1:a\rb"});
  }
}
