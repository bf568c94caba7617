// The one declaration of every setting: from this table come the flags, the environment
// variables, the keys of the TOML file, --help, --print-config, config/tailrace.toml and the table
// in the README. Constant data, readable from any thread.
#pragma once
#include "core/settings.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tailrace {

struct setting {
  using member = std::variant<bool settings::*, unsigned settings::*, std::uint64_t settings::*,
                              double settings::*, std::string settings::*,
                              std::vector<std::string> settings::*>;

  std::string_view name;  // kebab-case, as the flag and the TOML key
  std::string_view group;
  member where;
  std::string_view unit;  // of a number; or the placeholder of a text, in capitals
  std::string_view help;

  // Numbers: the allowed range, and what 0 means where it is special ("auto", "no limit").
  double min = 0;
  double max = std::numeric_limits<std::uint32_t>::max();
  std::string_view zero = {};

  // Texts and the items of lists: whether one is well-formed (none = anything is), and words for
  // what would be.
  bool (*valid)(std::string_view) = nullptr;
  std::string_view expected = {};

  bool secret = false;  // never printed

  constexpr bool automatic() const noexcept { return zero == "auto"; }
};

// In the order of the struct, groups together.
std::span<const setting> settings_table() noexcept;

// The setting with this kebab-case name, or null.
const setting* find_setting(std::string_view name) noexcept;

// TAILRACE_SOME_NAME for some-name.
std::string environment_name(std::string_view name);

// The name nearest to a mistyped one, for "did you mean"; empty when none is near.
std::string_view nearest_setting(std::string_view name);

}  // namespace tailrace
