#include "compute/hash/checksum_line.hpp"

#include "core/hex.hpp"

#include <array>

namespace tailrace::hash {
namespace {

constexpr std::string_view to_escape("\\\n\r");

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t';
}

std::string_view without_blanks(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

std::optional<std::string> unescaped(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '\\') {
      out += name[i];
      continue;
    }
    if (++i == name.size()) return std::nullopt;
    switch (name[i]) {
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case '\\':
        out += '\\';
        break;
      default:
        return std::nullopt;
    }
  }
  return out;
}

// No file is called nothing, or has a NUL in its name.
std::optional<std::string> file_name(std::string_view text, bool is_escaped) {
  if (text.empty() || text.find('\0') != text.npos) return std::nullopt;
  if (!is_escaped) return std::string(text);
  return unescaped(text);
}

}  // namespace

std::string_view tag_of(algorithm a) noexcept {
  constexpr std::array<std::string_view, algorithm_names.size()> tags{
      "SHA256", "SHA1", "SHA384", "SHA512", "MD5", "BLAKE2b", "XXH128"};
  return tags[static_cast<std::size_t>(a)];
}

std::string escaped(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else {
      if (c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

std::string checksum_line(const digest& d, std::string_view name, line_style how) {
  const bool escape = !how.zero && name.find_first_of(to_escape) != name.npos;
  std::string out = escape ? "\\" : "";
  const std::string shown = escape ? escaped(name) : std::string(name);
  if (how.tag) {
    out.append(tag_of(d.which)).append(" (").append(shown).append(") = ").append(d.hex());
  } else {
    out.append(d.hex()).append(how.binary ? " *" : "  ").append(shown);
  }
  out += how.zero ? '\0' : '\n';
  return out;
}

std::optional<listed> checksum_reader::read(std::string_view line) {
  line = without_blanks(line);
  const bool is_escaped = line.starts_with('\\');
  if (is_escaped) line.remove_prefix(1);
  for (std::size_t i = 0; i < algorithm_names.size(); ++i) {
    const auto a = static_cast<algorithm>(i);
    if (!any_tag_ && a != untagged_) continue;
    if (line.starts_with(tag_of(a)))
      return read_tagged(line.substr(tag_of(a).size()), a, is_escaped);
  }
  return read_plain(line, is_escaped);
}

std::optional<listed> checksum_reader::read_plain(std::string_view line, bool is_escaped) {
  const std::size_t digits = 2 * size_of(untagged_);
  if (line.size() < digits + 2 || !is_blank(line[digits])) return std::nullopt;
  auto hex = lower_hex(line.substr(0, digits));
  if (!hex) return std::nullopt;
  std::string_view rest = line.substr(digits + 1);
  if (rest.size() == 1 || (rest.front() != ' ' && rest.front() != '*')) {
    if (form_ == form::gnu) return std::nullopt;
    form_ = form::reversed;
  } else if (form_ != form::reversed) {
    form_ = form::gnu;
    rest.remove_prefix(1);
  }
  auto name = file_name(rest, is_escaped);
  if (!name) return std::nullopt;
  return listed{untagged_, std::move(*hex), std::move(*name)};
}

std::optional<listed> checksum_reader::read_tagged(std::string_view rest, algorithm a,
                                                   bool is_escaped) {
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  const auto close = rest.rfind(')');
  if (!rest.starts_with('(') || close == rest.npos) return std::nullopt;
  auto name = file_name(rest.substr(1, close - 1), is_escaped);
  std::string_view digits = without_blanks(rest.substr(close + 1));
  if (!name || !digits.starts_with('=')) return std::nullopt;
  digits = without_blanks(digits.substr(1));
  auto hex = lower_hex(digits);
  if (!hex || hex->size() != 2 * size_of(a)) return std::nullopt;
  return listed{a, std::move(*hex), std::move(*name)};
}

}  // namespace tailrace::hash
