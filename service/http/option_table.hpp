// The image options by name, as data: one table serves the query form (`width=300`, `w=300`,
// `gravity=fp:0.5:0.2`) and the imgproxy path grammar (`w:300`, `g:fp:0.5:0.2`). Pure; any thread.
#pragma once
#include "core/error.hpp"
#include "core/image_options.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace tailrace::http {

// What to make of a boolean that is neither of the six ways to write true nor of those to write
// false: a query is refused, a path keeps working as imgproxy reads it (false).
enum class unknown_boolean : std::uint8_t { refused, is_false };

// One option as it was written, its arguments split.
struct option_call {
  std::string_view name;
  std::span<const std::string_view> arguments;
  unknown_boolean booleans;

  // Empty when absent: an empty argument keeps the default.
  std::string_view at(std::size_t i) const noexcept {
    return i < arguments.size() ? arguments[i] : std::string_view{};
  }
};

struct option_entry {
  std::string_view name;
  std::array<std::string_view, 2> short_names;  // empty = none
  std::size_t arguments_max;
  result<void> (*parse)(image_options& options, const option_call& call);
};

std::span<const option_entry> option_table() noexcept;

// Applies one option to `options`. `arguments` are separated by ':', already percent-decoded.
// False: the table has no such name, nothing happened. errc::bad_parameter names the option, the
// value and what would be right; `options` may then be half changed.
result<bool> apply_option(image_options& options, std::string_view name, std::string_view arguments,
                          unknown_boolean booleans = unknown_boolean::refused);

}  // namespace tailrace::http
