#include "loadtest/origin/wish.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace tailrace::load::faulty {
namespace {

constexpr std::uint64_t milliseconds_max = 3'600'000;
constexpr std::uint64_t bytes_max = std::uint64_t{1} << 62U;
constexpr std::uint64_t flood_max = 1'000'000;

struct refusal {
  std::string reason;
};

template <class T>
bool number(T& into, std::string_view text, std::uint64_t least, std::uint64_t most) {
  const auto n = parse_number(text, most);
  if (!n || *n < least) return false;
  into = static_cast<T>(*n);
  return true;
}

template <class T>
bool number(std::optional<T>& into, std::string_view text, std::uint64_t least,
            std::uint64_t most) {
  return number(into.emplace(), text, least, most);
}

bool flag(bool& into, std::string_view text) {
  into = text == "1";
  return into || text == "0";
}

// A value goes into the head as it is, so it must not end its line.
bool field_value(std::string& into, std::string_view text) {
  into = text;
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
  });
}

bool place(stall& into, std::string_view text) {
  if (text == "head") into = stall::head;
  if (text == "mid_head") into = stall::mid_head;
  if (text == "body") into = stall::body;
  return into != stall::never;
}

struct parameter {
  std::string_view name;
  std::string_view takes;
  bool (*take)(wish& into, std::string_view value);
};

constexpr std::string_view some_ms = "milliseconds, at most an hour";
constexpr std::string_view a_number = "a number of bytes";
constexpr std::string_view up_to_a_million = "1 to 1000000";
constexpr std::string_view zero_or_one = "0 or 1";
constexpr std::string_view field_text = "text without control characters";

using text = std::string_view;
constexpr parameter table[] = {
    {"seed", "a number", [](wish& w, text v) { return number(w.seed, v, 0, UINT64_MAX); }},
    {"to", field_text, [](wish& w, text v) { return field_value(w.to, v); }},
    {"status", "200 to 599", [](wish& w, text v) { return number(w.status, v, 200, 599); }},
    {"content_type", field_text, [](wish& w, text v) { return field_value(w.content_type, v); }},
    {"etag", field_text, [](wish& w, text v) { return field_value(w.etag, v); }},
    {"cache_control", field_text, [](wish& w, text v) { return field_value(w.cache_control, v); }},
    {"gzip", zero_or_one, [](wish& w, text v) { return flag(w.gzip, v); }},
    {"endless", zero_or_one, [](wish& w, text v) { return flag(w.endless, v); }},
    {"headers", up_to_a_million,
     [](wish& w, text v) { return number(w.headers, v, 1, flood_max); }},
    {"interim", up_to_a_million,
     [](wish& w, text v) { return number(w.interim, v, 1, flood_max); }},
    {"framing", "the name of one",
     [](wish& w, text v) { return (w.framing = find_framing(v)) != nullptr; }},
    {"chunk", a_number, [](wish& w, text v) { return number(w.chunk_bytes, v, 1, bytes_max); }},
    {"close", zero_or_one, [](wish& w, text v) { return flag(w.close, v); }},
    {"no_close_notify", zero_or_one, [](wish& w, text v) { return flag(w.no_close_notify, v); }},
    {"latency_ms", some_ms,
     [](wish& w, text v) { return number(w.latency_ms, v, 0, milliseconds_max); }},
    {"jitter_ms", some_ms,
     [](wish& w, text v) { return number(w.jitter_ms, v, 0, milliseconds_max); }},
    {"body_latency_ms", some_ms,
     [](wish& w, text v) { return number(w.body_latency_ms, v, 0, milliseconds_max); }},
    {"trickle", "bytes per second",
     [](wish& w, text v) { return number(w.trickle_bytes_per_s, v, 1, bytes_max); }},
    {"stall", "head, mid_head or body", [](wish& w, text v) { return place(w.stall, v); }},
    {"cut", a_number, [](wish& w, text v) { return number(w.cut, v, 0, bytes_max); }},
    {"reset", a_number, [](wish& w, text v) { return number(w.reset, v, 0, bytes_max); }},
};

void take(wish& into, std::string_view name, std::string_view escaped) {
  const auto value = percent_decoded(escaped);
  const auto* const found = std::find_if(std::begin(table), std::end(table),
                                         [&](const auto& p) { return p.name == name; });
  if (found == std::end(table)) throw refusal{"unknown parameter " + std::string(name)};
  if (!value || !found->take(into, *value))
    throw refusal{std::string(name) + " takes " + std::string(found->takes)};
}

void check(const wish& w) {
  const int ends = int{w.cut.has_value()} + int{w.reset.has_value()} + int{w.stall != stall::never};
  if (ends > 1) throw refusal{"cut, reset and stall exclude each other"};
  const bool made = w.gzip || !w.framing->valid;
  if (made && w.endless) throw refusal{"an endless body has neither gzip nor a wrong framing"};
  if (w.endless && w.framing->name == "length")
    throw refusal{"an endless body takes framing=chunked or framing=close"};
}

}  // namespace

std::variant<wish, std::string> parse_wish(std::string_view query) try {
  wish w;
  std::set<std::string_view> seen;
  while (!query.empty()) {
    const std::string_view item = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), item.size() + 1));
    const auto equals = item.find('=');
    if (equals == item.npos) throw refusal{"'" + std::string(item) + "' is not name=value"};
    const std::string_view name = item.substr(0, equals);
    if (!seen.insert(name).second) throw refusal{std::string(name) + " is given twice"};
    take(w, name, item.substr(equals + 1));
  }
  check(w);
  return w;
} catch (const refusal& r) {
  return r.reason;
}

std::string wish_help() {
  std::string help;
  for (const auto& p : table) help.append("  ").append(p.name).append("=").append(p.takes) += '\n';
  help += "framings:";
  for (const auto& f : framings()) help.append(" ").append(f.name);
  return help + "\n";
}

std::optional<std::string> percent_decoded(std::string_view escaped) {
  std::string plain;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] != '%') {
      plain += escaped[i];
      continue;
    }
    unsigned value = 0;
    const char* const digits = escaped.data() + i + 1;
    if (escaped.size() - i < 3) return std::nullopt;
    const auto [stop, ec] = std::from_chars(digits, digits + 2, value, 16);
    if (ec != std::errc() || stop != digits + 2) return std::nullopt;
    plain += static_cast<char>(value);
    i += 2;
  }
  return plain;
}

std::string percent_encoded(std::string_view plain) {
  std::string escaped;
  for (const char c : plain) {
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alphanumeric || std::string_view("-._~").find(c) != std::string_view::npos) {
      escaped += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    escaped.append({'%', "0123456789ABCDEF"[byte >> 4U], "0123456789ABCDEF"[byte & 15U]});
  }
  return escaped;
}

std::optional<std::uint64_t> parse_number(std::string_view digits, std::uint64_t most) {
  std::uint64_t n = 0;
  const char* const begin = digits.data();
  const char* const end = begin + digits.size();
  const auto [stop, ec] = std::from_chars(begin, end, n);
  if (digits.empty() || ec != std::errc() || stop != end || n > most) return std::nullopt;
  return n;
}

}  // namespace tailrace::load::faulty
