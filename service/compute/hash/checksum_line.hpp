// The lines that sha256sum and its relatives write and check (GNU coreutils, src/digest.c):
//
//   <hex>  <name>            or with an asterisk for the second space: read in binary mode
//   SHA256 (<name>) = <hex>  the form of BSD
//
// A name with a backslash, line feed or carriage return is escaped, and the line then begins with
// a backslash. Pure.
#pragma once
#include "compute/hash/hasher.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tailrace::hash {

struct line_style {
  bool binary = false;
  bool tag = false;   // the form of BSD
  bool zero = false;  // ends with NUL instead of a line feed, and nothing is escaped
};

// "SHA256", "BLAKE2b": how the form of BSD names an algorithm.
std::string_view tag_of(algorithm a) noexcept;

// The whole line, its end included.
std::string checksum_line(const digest& d, std::string_view name, line_style how);

// The name with its own characters escaped: \\, \n, \r.
std::string escaped(std::string_view name);

// What one line of a list says should be.
struct listed {
  algorithm which = algorithm::sha256;
  std::string hex;  // lower case
  std::string name;
};

// Reads the lines of one list. Lines without a tag are of one algorithm.
class checksum_reader {
 public:
  // `any_tag`: a tag may name another algorithm.
  explicit checksum_reader(algorithm untagged, bool any_tag) noexcept
      : untagged_(untagged), any_tag_(any_tag) {}

  // `line` without its end, neither blank nor a comment (#). None: improperly formatted.
  std::optional<listed> read(std::string_view line);

 private:
  // Names right behind one space are those of BSD's `-r`. A list has the one form or the other, so
  // that nobody can make a name begin with a space or asterisk by a line of the other form.
  enum class form : std::uint8_t { unknown, gnu, reversed };

  std::optional<listed> read_plain(std::string_view line, bool is_escaped);
  std::optional<listed> read_tagged(std::string_view rest, algorithm a, bool is_escaped);

  const algorithm untagged_;
  const bool any_tag_;
  form form_ = form::unknown;
};

}  // namespace tailrace::hash
