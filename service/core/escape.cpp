#include "core/escape.hpp"

#include "core/utf8.hpp"

#include <algorithm>

namespace tailrace {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

void append_hex(std::string& out, unsigned value, unsigned width) {
  for (unsigned shift = width * 4; shift != 0; shift -= 4)
    out += digits[(value >> (shift - 4)) & 15];
}

void escape_quoted(std::string& out, std::string_view sequence, bool) {
  for (const char c : sequence) {
    out += "\\x";
    append_hex(out, static_cast<unsigned char>(c), 2);
  }
}

// The characters escaped here have one to three bytes: all of them are below U+10000.
void escape_json(std::string& out, std::string_view sequence, bool well_formed) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  unsigned point = 0xfffd;
  if (well_formed && sequence.size() == 1) point = byte(0);
  if (well_formed && sequence.size() == 2) point = (byte(0) & 0x1fU) << 6 | (byte(1) & 0x3fU);
  if (well_formed && sequence.size() == 3)
    point = (byte(0) & 0x0fU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU);
  out += "\\u";
  append_hex(out, point, 4);
}

template <class Escape>
void append(std::string& out, std::string_view text, Escape escape) {
  out += '"';
  while (!text.empty()) {
    const auto length = utf8_sequence(text);
    const auto sequence = text.substr(0, std::max<std::size_t>(length, 1));
    if (sequence == "\"" || sequence == "\\")
      (out += '\\') += sequence;
    else if (length != 0 && is_plain_character(sequence))
      out += sequence;
    else
      escape(out, sequence, length != 0);
    text.remove_prefix(sequence.size());
  }
  out += '"';
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  append(out, text, escape_quoted);
}

std::string quoted_text(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

void append_json(std::string& out, std::string_view text) {
  append(out, text, escape_json);
}

}  // namespace tailrace
