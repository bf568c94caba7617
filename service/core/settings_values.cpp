#include "core/settings_values.hpp"

#include "core/escape.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <type_traits>

namespace tailrace {
namespace {

template <class Number>
std::optional<Number> number(const std::string& text) {
  Number value{};
  const auto end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc{} || stop != end) return {};
  return value;
}

std::string shortest(double value) {
  std::array<char, 400> room;  // the longest double in fixed form has 309 digits before the point
  const auto [end, failure] =
      std::to_chars(room.data(), room.data() + room.size(), value, std::chars_format::fixed);
  return {room.data(), end};
}

// ---- what would be right ----

std::string expected(const setting&, bool) {
  return "expected true or false";
}

template <class Number>
std::string expected(const setting& which, Number) {
  std::string out =
      std::is_same_v<Number, double> ? "expected a number" : "expected a whole number";
  out += " from " + range_text(which);
  if (!which.unit.empty()) out += " (" + std::string(which.unit) + ")";
  if (!which.zero.empty()) out += ", 0 = " + std::string(which.zero);
  return out;
}

std::string expected(const setting& which, const std::string&) {
  return "expected " + (which.expected.empty()
                            ? std::string("UTF-8 text without control characters")
                            : std::string(which.expected));
}

std::string expected(const setting& which, const std::vector<std::string>&) {
  return expected(which, std::string()) + ", in TOML as [\"a\", \"b\"]";
}

// ---- reading ----

bool well_formed(const setting& which, const std::string& text) {
  return is_plain_text(text) && (which.valid == nullptr || which.valid(text));
}

bool read(const setting&, const written& value, bool& target) {
  constexpr std::array<std::string_view, 4> yes{"true", "on", "yes", "1"};
  constexpr std::array<std::string_view, 4> no{"false", "off", "no", "0"};
  if (value.as != form::word && value.as != form::boolean) return false;
  const auto is_in = [&](const auto& words) {
    return std::find(words.begin(), words.end(), value.items.front()) != words.end();
  };
  if (!is_in(yes) && !is_in(no)) return false;
  target = is_in(yes);
  return true;
}

template <class Number>
bool read(const setting& which, const written& value, Number& target) {
  const bool real = std::is_same_v<Number, double> && value.as == form::real;
  if (value.as != form::word && value.as != form::integer && !real) return false;
  const auto parsed = number<Number>(value.items.front());
  if (!parsed) return false;
  const auto as_double = static_cast<double>(*parsed);
  const bool special = *parsed == 0 && !which.zero.empty();
  // Written so that not-a-number is refused too.
  if (!special && !(as_double >= which.min && as_double <= which.max)) return false;
  target = *parsed;
  return true;
}

bool read(const setting& which, const written& value, std::string& target) {
  if (value.as != form::word && value.as != form::string) return false;
  if (!well_formed(which, value.items.front())) return false;
  target = value.items.front();
  return true;
}

// Words hold commas between items and may be repeated; TOML has arrays, or a string for one item.
bool read(const setting& which, const written& value, std::vector<std::string>& target) {
  if (value.as != form::word && value.as != form::list && value.as != form::string) return false;
  std::vector<std::string> items;
  for (std::string_view rest : value.items) {
    while (value.as == form::word && rest.find(',') != rest.npos) {
      items.emplace_back(rest.substr(0, rest.find(',')));
      rest.remove_prefix(rest.find(',') + 1);
    }
    items.emplace_back(rest);
  }
  const bool none = value.as == form::word && items.size() == 1 && items.front().empty();
  if (none) items.clear();
  for (const auto& item : items)
    if (item.empty() || !well_formed(which, item)) return false;
  target = std::move(items);
  return true;
}

// ---- writing ----

std::string toml(bool value) {
  return value ? "true" : "false";
}
std::string toml(double value) {
  return shortest(value);
}
std::string toml(const std::string& value) {
  return quoted_text(value);
}
template <class Number>
std::string toml(Number value) {
  return std::to_string(value);
}
std::string toml(const std::vector<std::string>& values) {
  std::string out = "[";
  for (const auto& value : values) out += (out.size() > 1 ? ", " : "") + quoted_text(value);
  return out + "]";
}

std::string readable(const setting&, bool value) {
  return toml(value);
}
template <class Number>
std::string readable(const setting& which, Number value) {
  return value == 0 && !which.zero.empty() ? std::string(which.zero) : toml(value);
}
std::string readable(const setting&, const std::string& value) {
  return value.empty() ? "none" : value;
}
std::string readable(const setting&, const std::vector<std::string>& values) {
  std::string out;
  for (const auto& value : values) out += (out.empty() ? "" : ",") + value;
  return out.empty() ? "none" : out;
}

}  // namespace

std::optional<std::string> assign(settings& target, const setting& which, const written& value) {
  return std::visit(
      [&](auto member) -> std::optional<std::string> {
        auto& place = target.*member;
        constexpr bool list =
            std::is_same_v<std::remove_reference_t<decltype(place)>, std::vector<std::string>>;
        if (!list && value.items.size() != 1) return "expected one value, not several";
        if (read(which, value, place)) return {};
        return expected(which, place);
      },
      which.where);
}

std::string toml_value(const settings& source, const setting& which) {
  return std::visit([&](auto member) { return toml(source.*member); }, which.where);
}

std::string readable_value(const settings& source, const setting& which) {
  return std::visit([&](auto member) { return readable(which, source.*member); }, which.where);
}

std::string range_text(const setting& which) {
  return shortest(which.min) + " to " + shortest(which.max);
}

}  // namespace tailrace
