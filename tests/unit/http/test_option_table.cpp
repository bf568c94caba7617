#include "http/option_table.hpp"

#include <set>
#include <string>

#include "tests/support/catch.hpp"

using namespace tailrace;
using http::apply_option;

namespace {

image_options applied(std::string_view name, std::string_view arguments, image_options to = {}) {
  const auto done = apply_option(to, name, arguments);
  INFO(name << "=" << arguments);
  REQUIRE(done.has_value());
  REQUIRE(*done);
  return to;
}

std::string refusal(std::string_view name, std::string_view arguments) {
  image_options to;
  const auto done = apply_option(to, name, arguments);
  INFO(name << "=" << arguments);
  REQUIRE(done.has_error());
  REQUIRE(done.error().code == errc::bad_parameter);
  return done.error().detail;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("options: every name in the table is one of its own") {
  std::set<std::string_view> seen;
  for (const auto& entry : http::option_table()) {
    CHECK(seen.insert(entry.name).second);
    for (const auto name : entry.short_names)
      if (!name.empty()) CHECK(seen.insert(name).second);
  }
  CHECK(seen.contains("resizing_type"));
}

TEST_CASE("options: a name that is none is no error and changes nothing") {
  image_options to;
  for (const std::string_view name : {"colour", "", "W", "width ", "wid"}) {
    const auto done = apply_option(to, name, "1");
    REQUIRE(done.has_value());
    CHECK_FALSE(*done);
  }
  CHECK(to.width == 0);
}

TEST_CASE("options: sides are whole numbers and nothing else") {
  CHECK(applied("width", "300").width == 300);
  CHECK(applied("w", "300").width == 300);
  CHECK(applied("height", "0", applied("h", "7")).height == 0);
  CHECK(applied("h", "4294967295").height == 4294967295U);
  // An empty argument keeps what was there.
  CHECK(applied("w", "", applied("w", "5")).width == 5);

  for (const std::string_view bad : {"-1", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "abc",
                                     "4294967296", "99999999999999999999", "\xc2\xb2"})
    CHECK(contains(refusal("width", bad), "width: \""));
  CHECK(contains(refusal("w", "1:2"), "at most 1"));
  // What is said is what is wrong, with what would be right.
  CHECK(refusal("w", "abc") == "w: \"abc\" is not a whole number of pixels (0 keeps the ratio)");
}

TEST_CASE("options: what is shown of a bad value is short and clean") {
  CHECK(contains(refusal("w", std::string_view("a\"\n\0\x7f\xff", 6)), "\"a?????\""));
  CHECK(refusal("w", std::string(5000, 'x')).size() < 200);
}

TEST_CASE("options: booleans are written in twelve ways") {
  for (const std::string_view yes : {"1", "t", "T", "TRUE", "true", "True"})
    CHECK(applied("enlarge", yes).enlarge);
  image_options on;
  on.enlarge = true;
  for (const std::string_view no : {"0", "f", "F", "FALSE", "false", "False"})
    CHECK_FALSE(applied("el", no, on).enlarge);
  CHECK(applied("el", "", on).enlarge);

  CHECK(applied("auto_rotate", "f").auto_rotate == false);
  CHECK(applied("ar", "1").auto_rotate == true);
  CHECK(applied("strip_metadata", "0").strip_metadata == false);
  CHECK(applied("sm", "t").strip_metadata == true);
  CHECK_FALSE(applied("sm", "").strip_metadata.has_value());
}

TEST_CASE("options: another word for a boolean is refused in a query and false in a path") {
  CHECK(contains(refusal("enlarge", "yes"), "enlarge: \"yes\""));
  CHECK(contains(refusal("ar", "tRUE"), "true, t or 1"));

  image_options to;
  to.enlarge = true;
  const auto done = apply_option(to, "el", "yes", http::unknown_boolean::is_false);
  REQUIRE(done.has_value());
  CHECK_FALSE(to.enlarge);
}

TEST_CASE("options: resizing types") {
  CHECK(applied("resizing_type", "fit").type == resizing_type::fit);
  CHECK(applied("rt", "fill").type == resizing_type::fill);
  CHECK(applied("rt", "fill-down").type == resizing_type::fill_down);
  CHECK(applied("rt", "force").type == resizing_type::force);
  CHECK(applied("rt", "auto").type == resizing_type::automatic);
  CHECK(contains(refusal("rt", "Fit"), "fit, fill, fill-down, force, auto"));
  CHECK(contains(refusal("rt", "fill_down"), "fill-down"));
}

TEST_CASE("options: gravity by compass, with offsets") {
  using kind = gravity::kind;
  const std::pair<std::string_view, kind> all[] = {
      {"ce", kind::center},       {"no", kind::north},        {"so", kind::south},
      {"ea", kind::east},         {"we", kind::west},         {"noea", kind::north_east},
      {"nowe", kind::north_west}, {"soea", kind::south_east}, {"sowe", kind::south_west}};
  for (const auto& [name, expected] : all) {
    CHECK(applied("gravity", name).gravity_at.type == expected);
    const auto at = applied("g", std::string(name) + ":10:-0.25").gravity_at;
    CHECK(at.type == expected);
    CHECK(at.x == 10);
    CHECK(at.y == -0.25);
  }
  CHECK(applied("g", "no::5").gravity_at.x == 0);
  CHECK(applied("g", "no::5").gravity_at.y == 5);
  CHECK(applied("g", "no:3").gravity_at.x == 3);
  // A new gravity forgets the offsets of the one before.
  CHECK(applied("g", "so", applied("g", "no:3:4")).gravity_at.x == 0);

  for (const std::string_view bad : {"", "north", "NO", "no:a", "no:1:b", "no:1e9", "no:nan",
                                     "no:inf", "no:99999999999", "no:1:2:3", "no:+1"})
    CHECK(contains(refusal("g", bad), "g: "));
}

TEST_CASE("options: smart gravity has no arguments, a focus point exactly two") {
  CHECK(applied("g", "sm").gravity_at.type == gravity::kind::smart);
  CHECK(contains(refusal("g", "sm:1"), "sm takes no offsets"));
  CHECK(contains(refusal("g", "sm:1:2"), "sm takes no offsets"));

  const auto at = applied("gravity", "fp:0.5:0.2").gravity_at;
  CHECK(at.type == gravity::kind::focus_point);
  CHECK(at.x == 0.5);
  CHECK(at.y == 0.2);
  CHECK(applied("g", "fp:0:1").gravity_at.y == 1);
  for (const std::string_view bad : {"fp", "fp:0.5", "fp:0.5:", "fp::", "fp:1.1:0", "fp:-0.1:0",
                                     "fp:0.5:0.5:1", "fp:x:y", "fp:nan:0"})
    CHECK(contains(refusal("g", bad), "g: "));
}

TEST_CASE("options: quality and format") {
  CHECK(applied("quality", "80").quality == 80U);
  CHECK(applied("q", "100").quality == 100U);
  // 0 goes back to the format's default.
  CHECK_FALSE(applied("q", "0", applied("q", "5")).quality.has_value());
  CHECK(contains(refusal("q", "101"), "0..100"));
  CHECK(contains(refusal("q", "-1"), "0..100"));

  CHECK(applied("format", "jpg").format == image_format::jpeg);
  CHECK(applied("f", "jpeg").format == image_format::jpeg);
  CHECK(applied("ext", "png").format == image_format::png);
  CHECK(applied("f", "webp").format == image_format::webp);
  CHECK(applied("f", "avif").format == image_format::avif);
  CHECK_FALSE(applied("f", "").format.has_value());
  CHECK(refusal("format", "bmp") ==
        "format: \"bmp\" is not a format we write: jpg, png, webp or avif");
}

TEST_CASE("options: resize and size set several at once") {
  const auto all = applied("resize", "fill:300:200:1:0");
  CHECK(all.type == resizing_type::fill);
  CHECK(all.width == 300);
  CHECK(all.height == 200);
  CHECK(all.enlarge);

  // Empty and missing arguments keep what was there.
  const auto some = applied("rs", "::50", all);
  CHECK(some.type == resizing_type::fill);
  CHECK(some.width == 300);
  CHECK(some.height == 50);
  CHECK(some.enlarge);
  CHECK(applied("rs", "", all).width == 300);

  const auto size = applied("size", "10:20:t", all);
  CHECK(size.width == 10);
  CHECK(size.height == 20);
  CHECK(applied("s", "10").width == 10);

  CHECK(contains(refusal("rs", "fill:x"), "rs: \"x\""));
  CHECK(contains(refusal("rs", "fill:1:1:0:1"), "extend"));
  CHECK(contains(refusal("s", "1:1:0:1"), "extend"));
  CHECK(contains(refusal("s", "1:1:0:0:no"), "at most 4"));
}
