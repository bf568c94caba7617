// Hexadecimal digits, read and written.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tailrace {

// 0 to 15, either case; -1 for any other character.
constexpr int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The same digits in lower case; none unless all of it is hexadecimal.
inline std::optional<std::string> lower_hex(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (hex_digit(c) < 0) return std::nullopt;
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// Two digits a byte, lower case, from `out` on. Byte: unsigned char or std::byte.
template <class Byte>
void write_hex(char* out, std::span<const Byte> bytes) noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const Byte b : bytes) {
    *out++ = digits[static_cast<unsigned char>(b) >> 4];
    *out++ = digits[static_cast<unsigned char>(b) & 15];
  }
}

// Its 16 digits, the highest first, lower case.
inline void append_hex(std::string& out, std::uint64_t value) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out.push_back(digits[value >> shift & 15]);
}

}  // namespace tailrace
