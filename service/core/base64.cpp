#include "core/base64.hpp"

#include <array>
#include <cstdint>

namespace tailrace {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// In a word of four characters any of them shows here.
constexpr std::uint32_t not_in_alphabet = 1U << 31;

constexpr std::array<std::uint32_t, 256> make_values() {
  std::array<std::uint32_t, 256> values{};
  values.fill(not_in_alphabet);
  for (std::uint32_t i = 0; i < alphabet.size(); ++i)
    values[static_cast<unsigned char>(alphabet[i])] = i;
  return values;
}
constexpr auto values = make_values();

std::uint32_t value(char c) noexcept {
  return values[static_cast<unsigned char>(c)];
}

}  // namespace

std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  const std::size_t digits = text.size() - padding;
  std::vector<std::byte> out(digits * 3 / 4);
  std::byte* to = out.data();
  const char* from = text.data();
  std::uint32_t seen = 0;
  for (std::size_t i = 0; i + 4 <= digits; i += 4, from += 4) {
    const std::uint32_t bits =
        value(from[0]) << 18 | value(from[1]) << 12 | value(from[2]) << 6 | value(from[3]);
    seen |= value(from[0]) | value(from[1]) | value(from[2]) | value(from[3]);
    *to++ = static_cast<std::byte>(bits >> 16);
    *to++ = static_cast<std::byte>(bits >> 8);
    *to++ = static_cast<std::byte>(bits);
  }
  if (padding > 0) {
    const std::uint32_t third = padding == 1 ? value(from[2]) : 0;
    seen |= value(from[0]) | value(from[1]) | third;
    const std::uint32_t bits = value(from[0]) << 18 | value(from[1]) << 12 | third << 6;
    *to++ = static_cast<std::byte>(bits >> 16);
    if (padding == 1) *to++ = static_cast<std::byte>(bits >> 8);
    if ((bits & (padding == 1 ? 0xffU : 0xffffU)) != 0) return std::nullopt;
  }
  if ((seen & not_in_alphabet) != 0) return std::nullopt;
  return out;
}

}  // namespace tailrace
