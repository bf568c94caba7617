#include "http/option_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace tailrace::http {
namespace {

template <class T>
struct named {
  std::string_view name;
  T value;
};

constexpr std::array<named<resizing_type>, 5> resizing_types{{
    {"fit", resizing_type::fit},
    {"fill", resizing_type::fill},
    {"fill-down", resizing_type::fill_down},
    {"force", resizing_type::force},
    {"auto", resizing_type::automatic},
}};

constexpr std::array<named<gravity::kind>, 11> gravities{{
    {"ce", gravity::kind::center},
    {"no", gravity::kind::north},
    {"so", gravity::kind::south},
    {"ea", gravity::kind::east},
    {"we", gravity::kind::west},
    {"noea", gravity::kind::north_east},
    {"nowe", gravity::kind::north_west},
    {"soea", gravity::kind::south_east},
    {"sowe", gravity::kind::south_west},
    {"sm", gravity::kind::smart},
    {"fp", gravity::kind::focus_point},
}};

// Only what we can write.
constexpr std::array<named<image_format>, 5> formats{{
    {"jpg", image_format::jpeg},
    {"jpeg", image_format::jpeg},
    {"png", image_format::png},
    {"webp", image_format::webp},
    {"avif", image_format::avif},
}};

constexpr std::array<named<bool>, 12> booleans{{
    {"1", true},
    {"t", true},
    {"T", true},
    {"TRUE", true},
    {"true", true},
    {"True", true},
    {"0", false},
    {"f", false},
    {"F", false},
    {"FALSE", false},
    {"false", false},
    {"False", false},
}};

template <class T, std::size_t n>
std::optional<T> value_of(const std::array<named<T>, n>& names, std::string_view word) noexcept {
  const auto found = std::ranges::find(names, word, &named<T>::name);
  if (found == names.end()) return std::nullopt;
  return found->value;
}

// A value as it may be shown in an answer: short, and one line of printable ASCII.
std::string shown(std::string_view value) {
  constexpr std::size_t shown_max = 64;
  std::string text(value.substr(0, shown_max));
  std::ranges::replace_if(text, [](char c) { return c < 0x20 || c > 0x7e || c == '"'; }, '?');
  if (value.size() > shown_max) text += "...";
  return '"' + text + '"';
}

error refuse(const option_call& call, std::string_view value, std::string_view wanted) {
  return {errc::bad_parameter,
          std::string(call.name) + ": " + shown(value) + " is not " + std::string(wanted)};
}

error refuse(const option_call& call, std::string_view problem) {
  return {errc::bad_parameter, std::string(call.name) + ": " + std::string(problem)};
}

// The whole text must be the number: no sign, no blanks, no exponent, nothing behind it.
std::optional<unsigned> whole_number(std::string_view text) noexcept {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, ec] = std::from_chars(text.data(), end, value);
  if (ec != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<double> decimal_number(std::string_view text) noexcept {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, ec] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (ec != std::errc{} || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

result<void> read_type(image_options& options, const option_call& call, std::size_t i) {
  if (call.at(i).empty()) return {};
  const auto type = value_of(resizing_types, call.at(i));
  if (!type) return refuse(call, call.at(i), "one of fit, fill, fill-down, force, auto");
  options.type = *type;
  return {};
}

result<void> read_side(unsigned& side, const option_call& call, std::size_t i) {
  if (call.at(i).empty()) return {};
  const auto pixels = whole_number(call.at(i));
  if (!pixels) return refuse(call, call.at(i), "a whole number of pixels (0 keeps the ratio)");
  side = *pixels;
  return {};
}

template <class Bool>
result<void> read_boolean(Bool& value, const option_call& call, std::size_t i) {
  if (call.at(i).empty()) return {};
  const auto known = value_of(booleans, call.at(i));
  if (!known && call.booleans == unknown_boolean::refused)
    return refuse(call, call.at(i), "true, t or 1, nor false, f or 0");
  value = known.value_or(false);
  return {};
}

// width:height:enlarge:extend from argument `first` on.
result<void> read_size(image_options& options, const option_call& call, std::size_t first) {
  if (auto r = read_side(options.width, call, first); !r) return r;
  if (auto r = read_side(options.height, call, first + 1); !r) return r;
  if (auto r = read_boolean(options.enlarge, call, first + 2); !r) return r;
  bool extend = false;
  if (auto r = read_boolean(extend, call, first + 3); !r) return r;
  if (extend) return refuse(call, "extend is not supported, leave it out or give 0");
  return {};
}

result<void> parse_resize(image_options& options, const option_call& call) {
  if (auto r = read_type(options, call, 0); !r) return r;
  return read_size(options, call, 1);
}

result<void> parse_size(image_options& options, const option_call& call) {
  return read_size(options, call, 0);
}

result<void> parse_type(image_options& options, const option_call& call) {
  return read_type(options, call, 0);
}

result<void> parse_width(image_options& options, const option_call& call) {
  return read_side(options.width, call, 0);
}

result<void> parse_height(image_options& options, const option_call& call) {
  return read_side(options.height, call, 0);
}

result<void> parse_enlarge(image_options& options, const option_call& call) {
  return read_boolean(options.enlarge, call, 0);
}

result<void> parse_auto_rotate(image_options& options, const option_call& call) {
  return read_boolean(options.auto_rotate, call, 0);
}

result<void> parse_strip_metadata(image_options& options, const option_call& call) {
  return read_boolean(options.strip_metadata, call, 0);
}

result<void> parse_focus_point(gravity& to, const option_call& call) {
  if (call.arguments.size() != 3) return refuse(call, "a focus point is fp:x:y, x and y in 0..1");
  for (const std::size_t i : {1, 2}) {
    const auto share = decimal_number(call.at(i));
    if (!share || *share < 0 || *share > 1)
      return refuse(call, call.at(i), "a number in 0..1 (a focus point is fp:x:y)");
    (i == 1 ? to.x : to.y) = *share;
  }
  return {};
}

result<void> parse_offsets(gravity& to, const option_call& call) {
  // Wider than any image may be, and narrow enough for every calculation with it.
  constexpr double offset_max = 1e7;
  for (const std::size_t i : {1, 2}) {
    if (call.at(i).empty()) continue;
    const auto offset = decimal_number(call.at(i));
    if (!offset || std::abs(*offset) > offset_max)
      return refuse(call, call.at(i), "an offset (pixels, or below 1 a share of the side)");
    (i == 1 ? to.x : to.y) = *offset;
  }
  return {};
}

result<void> parse_gravity(image_options& options, const option_call& call) {
  const auto kind = value_of(gravities, call.at(0));
  if (!kind)
    return refuse(call, call.at(0),
                  "one of ce, no, so, ea, we, noea, nowe, soea, sowe, sm or fp:x:y");
  gravity to;
  to.type = *kind;
  if (*kind == gravity::kind::smart && call.arguments.size() > 1)
    return refuse(call, "sm takes no offsets");
  auto parsed =
      *kind == gravity::kind::focus_point ? parse_focus_point(to, call) : parse_offsets(to, call);
  if (parsed) options.gravity_at = to;
  return parsed;
}

result<void> parse_quality(image_options& options, const option_call& call) {
  if (call.at(0).empty()) return {};
  const auto quality = whole_number(call.at(0));
  if (!quality || *quality > 100)
    return refuse(call, call.at(0), "a whole number in 0..100 (0 is the format's default)");
  options.quality.reset();
  if (*quality > 0) options.quality = *quality;
  return {};
}

result<void> parse_format(image_options& options, const option_call& call) {
  if (call.at(0).empty()) return {};
  const auto format = value_of(formats, call.at(0));
  if (!format) return refuse(call, call.at(0), "a format we write: jpg, png, webp or avif");
  options.format = *format;
  return {};
}

constexpr std::array<option_entry, 11> table{{
    {"resize", {"rs"}, 5, parse_resize},
    {"size", {"s"}, 4, parse_size},
    {"resizing_type", {"rt"}, 1, parse_type},
    {"width", {"w"}, 1, parse_width},
    {"height", {"h"}, 1, parse_height},
    {"enlarge", {"el"}, 1, parse_enlarge},
    {"gravity", {"g"}, 3, parse_gravity},
    {"quality", {"q"}, 1, parse_quality},
    {"format", {"f", "ext"}, 1, parse_format},
    {"auto_rotate", {"ar"}, 1, parse_auto_rotate},
    {"strip_metadata", {"sm"}, 1, parse_strip_metadata},
}};

constexpr std::size_t arguments_max =
    std::ranges::max_element(table, {}, &option_entry::arguments_max)->arguments_max;

const option_entry* find(std::string_view name) noexcept {
  if (name.empty()) return nullptr;
  const auto found = std::ranges::find_if(table, [name](const option_entry& entry) {
    return entry.name == name ||
           std::ranges::find(entry.short_names, name) != entry.short_names.end();
  });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

std::span<const option_entry> option_table() noexcept {
  return table;
}

result<bool> apply_option(image_options& options, std::string_view name, std::string_view arguments,
                          unknown_boolean booleans) {
  const option_entry* const entry = find(name);
  if (entry == nullptr) return false;

  std::array<std::string_view, arguments_max> split;
  std::size_t count = 0;
  option_call call{name, {}, booleans};
  for (std::string_view rest = arguments;;) {
    if (count == entry->arguments_max)
      return refuse(call, "takes at most " + std::to_string(entry->arguments_max) +
                              " arguments, separated by ':'");
    const std::size_t colon = rest.find(':');
    split[count++] = rest.substr(0, colon);
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  call.arguments = std::span(split).first(count);

  if (auto parsed = entry->parse(options, call); !parsed) return parsed.error();
  return true;
}

}  // namespace tailrace::http
