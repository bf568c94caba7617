#include "core/base64.hpp"

#include <array>
#include <cstdint>

namespace tailrace {
namespace {

constexpr std::string_view standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_safe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Shows in whatever it is combined with.
constexpr std::uint32_t not_in_alphabet = 1U << 31;

using values = std::array<std::uint32_t, 256>;

constexpr values values_of(std::string_view alphabet) {
  values all{};
  all.fill(not_in_alphabet);
  for (std::uint32_t i = 0; i < alphabet.size(); ++i)
    all[static_cast<unsigned char>(alphabet[i])] = i;
  return all;
}
constexpr values standard_values = values_of(standard);
constexpr values url_safe_values = values_of(url_safe);

// `digits` without padding.
template <class Bytes>
std::optional<Bytes> decoded(std::string_view digits, const values& of) {
  using byte = typename Bytes::value_type;
  const std::size_t rest = digits.size() % 4;
  if (rest == 1) return std::nullopt;
  const auto value = [&](char c) { return of[static_cast<unsigned char>(c)]; };
  Bytes out(digits.size() * 3 / 4, byte{});
  byte* to = out.data();
  const char* from = digits.data();
  std::uint32_t seen = 0;
  for (std::size_t i = rest; i < digits.size(); i += 4, from += 4) {
    const std::uint32_t a = value(from[0]), b = value(from[1]), c = value(from[2]),
                        d = value(from[3]);
    seen |= a | b | c | d;
    const std::uint32_t bits = a << 18 | b << 12 | c << 6 | d;
    *to++ = static_cast<byte>(bits >> 16 & 255);
    *to++ = static_cast<byte>(bits >> 8 & 255);
    *to++ = static_cast<byte>(bits & 255);
  }
  if (rest != 0) {
    const std::uint32_t a = value(from[0]), b = value(from[1]), c = rest == 3 ? value(from[2]) : 0;
    seen |= a | b | c;
    const std::uint32_t bits = a << 18 | b << 12 | c << 6;
    *to++ = static_cast<byte>(bits >> 16 & 255);
    if (rest == 3) *to++ = static_cast<byte>(bits >> 8 & 255);
    if ((bits & (rest == 3 ? 0xffU : 0xffffU)) != 0) return std::nullopt;
  }
  if ((seen & not_in_alphabet) != 0) return std::nullopt;
  return out;
}

}  // namespace

std::string base64url(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) out.push_back(url_safe[bits >> (held - 6) & 63]);
  }
  if (held > 0) out.push_back(url_safe[bits << (6 - held) & 63]);
  return out;
}

std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decoded<std::vector<std::byte>>(text, standard_values);
}

std::optional<std::string> from_base64url(std::string_view text) {
  return decoded<std::string>(text, url_safe_values);
}

}  // namespace tailrace
