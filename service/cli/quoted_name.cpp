#include "cli/quoted_name.hpp"

#include "core/utf8.hpp"

#include <algorithm>

namespace tailrace::cli {
namespace {

constexpr std::string_view safe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./@_]{}";

// Octal, as $'' reads it, but for those with a letter.
std::string escape_of(char c) {
  constexpr std::string_view controls = "\a\b\t\n\v\f\r";
  constexpr std::string_view letters = "abtnvfr";
  const auto at = controls.find(c);
  if (at != controls.npos) return std::string("\\") + letters[at];
  const auto byte = static_cast<unsigned char>(c);
  const auto digit = [&](unsigned shift) { return static_cast<char>('0' + (byte >> shift & 7)); };
  return std::string("\\") + digit(6) + digit(3) + digit(0);
}

bool is_plain(std::string_view name) noexcept {
  const auto fits = [](char c) { return (c & 0x80) != 0 || safe.find(c) != safe.npos; };
  return is_plain_text(name) && !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

}  // namespace

std::string quoted_name(std::string_view name) {
  if (is_plain(name)) return std::string(name);
  std::string out = "'";
  bool dollar = false;  // inside $''
  const auto enter = [&](bool wanted) {
    if (dollar != wanted) out += wanted ? "'$'" : "''";
    dollar = wanted;
  };
  while (!name.empty()) {
    const std::size_t length = std::max<std::size_t>(utf8_sequence(name), 1);
    const std::string_view one = name.substr(0, length);
    name.remove_prefix(length);
    if (utf8_sequence(one) == 0 || !is_plain_character(one)) {
      enter(true);
      for (const char c : one) out += escape_of(c);
    } else if (one == "'") {
      enter(false);
      out += "'\\''";
    } else {
      enter(false);
      out += one;
    }
  }
  return out + "'";
}

}  // namespace tailrace::cli
