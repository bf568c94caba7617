#include "http/json.hpp"

#include <array>

namespace tailrace::http {
namespace {

// Length of the well-formed UTF-8 sequence (RFC 3629 §4) at the start of `text`, or 0.
std::size_t utf8_length(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i) { return i < text.size() && (at(i) & 0xc0) == 0x80; };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return continues(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    if (!continues(1) || !continues(2)) return 0;
    if (lead == 0xe0 && at(1) < 0xa0) return 0;  // overlong
    if (lead == 0xed && at(1) > 0x9f) return 0;  // a surrogate
    return 3;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (lead == 0xf0 && at(1) < 0x90) return 0;
    if (lead == 0xf4 && at(1) > 0x8f) return 0;
    return 4;
  }
  return 0;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
    case '"':
      out.append("\\\"");
      return;
    case '\\':
      out.append("\\\\");
      return;
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    default:
      break;
  }
  const auto u = static_cast<unsigned char>(c);
  out.append("\\u00").push_back(hex[u >> 4]);
  out.push_back(hex[u & 15]);
}

// Nearly all that is written here needs no second look.
constexpr std::array<bool, 256> make_plain() {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x20; c < 0x7f; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}
constexpr auto plain = make_plain();

std::size_t plain_length(std::string_view text) noexcept {
  std::size_t n = 0;
  while (n < text.size() && plain[static_cast<unsigned char>(text[n])]) ++n;
  return n;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  while (!text.empty()) {
    const std::size_t n_plain = plain_length(text);
    out.append(text.substr(0, n_plain));
    text.remove_prefix(n_plain);
    if (text.empty()) break;
    const auto c = static_cast<unsigned char>(text.front());
    std::size_t n = 1;
    if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f) {
      append_escaped(out, text.front());
    } else if (n = utf8_length(text); n > 0) {
      out.append(text.substr(0, n));
    } else {
      out.append("\xef\xbf\xbd");
      n = 1;
    }
    text.remove_prefix(n);
  }
  out.push_back('"');
}

void json_object::key(std::string_view name) {
  if (!first_) out_.push_back(',');
  first_ = false;
  append_json_string(out_, name);
  out_.push_back(':');
}

}  // namespace tailrace::http
