#include "http/trace_context.hpp"

#include "core/hex.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace tailrace::http {
namespace {

constexpr std::size_t version_00_size = 55;
constexpr std::uint8_t defined_flags = 0x03;
constexpr std::size_t entries_max = 32;
constexpr std::size_t tracestate_bytes_max = 1024;

bool is_lower_hex(std::string_view text) noexcept {
  return text.find_first_not_of("0123456789abcdef") == text.npos;
}

bool is_id(std::string_view text) noexcept {
  return is_lower_hex(text) && text.find_first_not_of('0') != text.npos;
}

bool is_key_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '*' ||
         c == '/' || c == '@';
}

// §3.3.1.3.1
bool is_key(std::string_view key) noexcept {
  if (key.empty() || key.size() > 256) return false;
  const bool begins = (key[0] >= 'a' && key[0] <= 'z') || (key[0] >= '0' && key[0] <= '9');
  return begins && std::all_of(key.begin(), key.end(), is_key_char);
}

// §3.3.1.3.2; spaces are part of a value but at its end, where they are the list's.
bool is_value(std::string_view value) noexcept {
  return !value.empty() && value.size() <= 256 &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= 0x20 && c <= 0x7e && c != ',' && c != '='; });
}

// A list with at most that many entries; empty ones are allowed and do not count.
bool is_tracestate(std::string_view list) noexcept {
  if (list.size() > tracestate_bytes_max) return false;
  std::size_t entries = 0;
  for (bool more = true; more;) {
    const std::size_t end = list.find(',');
    more = end != list.npos;
    const std::string_view entry = trimmed(list.substr(0, end));
    if (more) list.remove_prefix(end + 1);
    if (entry.empty()) continue;
    const std::size_t equals = entry.find('=');
    if (equals == entry.npos || ++entries > entries_max) return false;
    if (!is_key(entry.substr(0, equals)) || !is_value(entry.substr(equals + 1))) return false;
  }
  return entries > 0;
}

}  // namespace

std::optional<trace_context> parse_traceparent(std::string_view value) noexcept {
  if (value.size() < version_00_size || value[2] != '-' || value[35] != '-' || value[52] != '-')
    return std::nullopt;
  const std::string_view version = value.substr(0, 2), flags = value.substr(53, 2);
  if (!is_lower_hex(version) || version == "ff" || !is_lower_hex(flags)) return std::nullopt;
  // A later version may say more, behind another dash.
  const bool longer = value.size() > version_00_size;
  if (longer && (version == "00" || value[version_00_size] != '-')) return std::nullopt;
  const trace_context found{
      value.substr(3, 32), value.substr(36, 16),
      static_cast<std::uint8_t>((hex_digit(flags[0]) * 16 + hex_digit(flags[1])) & defined_flags)};
  if (!is_id(found.trace_id) || !is_id(found.parent_id)) return std::nullopt;
  return found;
}

std::optional<trace_context> trace_of(const fields& all) noexcept {
  const field* only = nullptr;
  for (const field& f : all) {
    if (f.id != field_name::unknown || !equal_ignoring_case(f.name, "traceparent")) continue;
    if (only != nullptr) return std::nullopt;
    only = &f;
  }
  return only != nullptr ? parse_traceparent(only->value) : std::nullopt;
}

std::string tracestate_of(const fields& all) {
  std::string list;
  for (const field& f : all) {
    if (f.id != field_name::unknown || !equal_ignoring_case(f.name, "tracestate")) continue;
    if (!list.empty()) list.push_back(',');
    list.append(f.value);
  }
  if (!is_tracestate(list)) list.clear();
  return list;
}

std::string span_id_text(std::uint64_t span) {
  std::string text;
  append_hex(text, span);
  return text;
}

std::string traceparent_text(const trace_context& from, std::string_view span_id) {
  const std::array<unsigned char, 1> flags{from.flags};
  std::string text = "00-";
  text.append(from.trace_id).append("-").append(span_id).append("-00");
  write_hex(text.data() + text.size() - 2, std::span<const unsigned char>(flags));
  return text;
}

}  // namespace tailrace::http
