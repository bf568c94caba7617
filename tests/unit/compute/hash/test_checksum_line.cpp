#include "compute/hash/checksum_line.hpp"

#include <cctype>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"

namespace tailrace::hash {
namespace {

digest digest_of(algorithm a, std::string_view text) {
  hasher h(std::span(&a, 1));
  h.update(std::as_bytes(std::span(text)));
  return h.finish().front();
}

const std::string empty_sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const std::string empty_md5 = "d41d8cd98f00b204e9800998ecf8427e";

std::optional<listed> read(std::string_view line, bool any_tag = false) {
  return checksum_reader(algorithm::sha256, any_tag).read(line);
}

void expect(const std::optional<listed>& got, algorithm a, const std::string& hex,
            const std::string& name) {
  REQUIRE(got);
  CHECK(got->which == a);
  CHECK(got->hex == hex);
  CHECK(got->name == name);
}

}  // namespace

TEST_CASE("checksum lines are written as sha256sum writes them") {
  const auto d = digest_of(algorithm::sha256, "");
  line_style plain, binary, tag, zero;
  binary.binary = tag.tag = zero.zero = true;
  CHECK(checksum_line(d, "a b", plain) == empty_sha256 + "  a b\n");
  CHECK(checksum_line(d, "a b", binary) == empty_sha256 + " *a b\n");
  CHECK(checksum_line(d, "a b", tag) == "SHA256 (a b) = " + empty_sha256 + "\n");
  CHECK(checksum_line(d, "a b", zero) == empty_sha256 + "  a b" + '\0');
  CHECK(checksum_line(digest_of(algorithm::md5, ""), "-", tag) == "MD5 (-) = " + empty_md5 + "\n");
  // Bytes that are no UTF-8 are the name's own business.
  CHECK(checksum_line(d, "\xff", plain) == empty_sha256 + "  \xff\n");
}

TEST_CASE("names that would break a line are escaped, and the line says so") {
  const auto d = digest_of(algorithm::sha256, "");
  line_style plain, tag, zero;
  tag.tag = zero.zero = true;
  CHECK(checksum_line(d, "a\nb\\c\rd", plain) == "\\" + empty_sha256 + "  a\\nb\\\\c\\rd\n");
  CHECK(checksum_line(d, "a\nb", tag) == "\\SHA256 (a\\nb) = " + empty_sha256 + "\n");
  CHECK(checksum_line(d, "a\nb", zero) == empty_sha256 + "  a\nb" + '\0');
}

TEST_CASE("what is written is read again, whatever the name") {
  const auto d = digest_of(algorithm::sha256, "");
  for (const std::string name : {"a", "a b", " a", "*a", "a\nb", "\\", "\r\n", "a)", "(a) = b",
                                 "\xff", "-", "SHA256 (a) = b", "#"})
    for (const bool tag : {false, true})
      for (const bool binary : {false, true}) {
        line_style how;
        how.tag = tag;
        how.binary = binary;
        std::string line = checksum_line(d, name, how);
        INFO(line);
        REQUIRE(line.ends_with('\n'));
        line.pop_back();
        CHECK(line.find('\n') == line.npos);
        expect(read(line), algorithm::sha256, empty_sha256, name);
      }
}

TEST_CASE("digits in capitals, blanks in front and BSD's loose spacing are read") {
  std::string capitals = empty_sha256;
  for (char& c : capitals) c = static_cast<char>(std::toupper(c));
  expect(read(capitals + "  a"), algorithm::sha256, empty_sha256, "a");
  expect(read(" \t" + empty_sha256 + "  a"), algorithm::sha256, empty_sha256, "a");
  expect(read("SHA256(a)=" + empty_sha256), algorithm::sha256, empty_sha256, "a");
  expect(read("SHA256 (a)\t= \t" + empty_sha256), algorithm::sha256, empty_sha256, "a");
  expect(read(empty_sha256 + "\t a"), algorithm::sha256, empty_sha256, "a");
}

TEST_CASE("what is no line of a list is none") {
  using words = std::vector<std::string>;
  for (const std::string& bad :
       words{"x", empty_sha256, empty_sha256 + " ", empty_sha256 + "0  a",
             empty_sha256.substr(1) + "  a", "g" + empty_sha256.substr(1) + "  a",
             empty_sha256 + "x a", empty_md5 + "  a", "SHA256 a = " + empty_sha256,
             "SHA256 (a) " + empty_sha256, "SHA256 (a) = " + empty_sha256 + "0",
             "SHA256 (a) = " + empty_sha256.substr(1), "SHA256 (a = " + empty_sha256,
             "SHA256 () = " + empty_sha256, "MD5 (a) = " + empty_md5, "SHA256", "\\",
             // Escapes that are none, in a line that says it has some.
             "\\" + empty_sha256 + "  a\\", "\\" + empty_sha256 + "  a\\t",
             empty_sha256 + "  a" + std::string(1, '\0')}) {
    INFO(bad);
    CHECK_FALSE(read(bad));
  }
  // A backslash means itself where the line does not begin with one.
  expect(read(empty_sha256 + "  a\\n"), algorithm::sha256, empty_sha256, "a\\n");
}

TEST_CASE("a tag names the algorithm where any may") {
  expect(read("MD5 (a) = " + empty_md5, true), algorithm::md5, empty_md5, "a");
  for (std::size_t i = 0; i < algorithm_names.size(); ++i) {
    const auto a = static_cast<algorithm>(i);
    const auto d = digest_of(a, "text");
    line_style tag;
    tag.tag = true;
    std::string line = checksum_line(d, "a", tag);
    line.pop_back();
    expect(read(line, true), a, std::string(d.hex()), "a");
  }
}

TEST_CASE("a list is of one form: names cannot gain or lose a character by the other") {
  // One space and the name, as md5 -r writes, is read …
  checksum_reader reversed(algorithm::sha256, false);
  expect(reversed.read(empty_sha256 + " a"), algorithm::sha256, empty_sha256, "a");
  // … and from then on a second space belongs to the name.
  expect(reversed.read(empty_sha256 + "  a"), algorithm::sha256, empty_sha256, " a");

  checksum_reader usual(algorithm::sha256, false);
  expect(usual.read(empty_sha256 + "  a"), algorithm::sha256, empty_sha256, "a");
  CHECK_FALSE(usual.read(empty_sha256 + " a"));
  expect(usual.read(empty_sha256 + " *a"), algorithm::sha256, empty_sha256, "a");
}

}  // namespace tailrace::hash
