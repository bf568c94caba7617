// UTF-8 as RFC 3629 defines it, for text that came from outside and goes into logs or files.
#pragma once
#include <cstddef>
#include <string_view>

namespace tailrace {

// Length in bytes (1 to 4) of the well-formed sequence that `text` begins with; 0 if it begins
// with none (overlong forms and surrogates included) or is empty.
constexpr std::size_t utf8_sequence(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto within = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const auto tail = [&](std::size_t i) { return within(i, 0x80, 0xbf); };
  if (within(0, 0x00, 0x7f)) return 1;
  if (within(0, 0xc2, 0xdf)) return tail(1) ? 2 : 0;
  if (within(0, 0xe0, 0xef)) {
    const unsigned low = byte(0) == 0xe0 ? 0xa0 : 0x80;
    const unsigned high = byte(0) == 0xed ? 0x9f : 0xbf;
    return within(1, low, high) && tail(2) ? 3 : 0;
  }
  if (within(0, 0xf0, 0xf4)) {
    const unsigned low = byte(0) == 0xf0 ? 0x90 : 0x80;
    const unsigned high = byte(0) == 0xf4 ? 0x8f : 0xbf;
    return within(1, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// Well-formed and free of what a terminal or a log reader may act on: C0 and C1 controls, DEL,
// and the line and paragraph separators U+2028 and U+2029.
constexpr bool is_plain_character(std::string_view sequence) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) return byte(0) >= 0x20 && byte(0) != 0x7f;
  if (sequence.size() == 2) return !(byte(0) == 0xc2 && byte(1) < 0xa0);
  if (sequence.size() == 3)
    return !(byte(0) == 0xe2 && byte(1) == 0x80 && (byte(2) == 0xa8 || byte(2) == 0xa9));
  return sequence.size() == 4;
}

constexpr bool is_plain_text(std::string_view text) noexcept {
  while (!text.empty()) {
    const auto length = utf8_sequence(text);
    if (length == 0 || !is_plain_character(text.substr(0, length))) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace tailrace
