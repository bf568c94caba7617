// Numbers into text that is being built, without a string of their own.
#pragma once
#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace tailrace {

inline void append_decimal(std::string& out, std::uint64_t n) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), n).ptr;
  out.append(digits.data(), end);
}

}  // namespace tailrace
