// Between what an operator wrote and the members of `settings`: one setting at a time, pure.
#pragma once
#include "core/settings_table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tailrace {

// How a value was written. Flags and the environment know only words; TOML has types, and a
// value of the wrong one is a mistake even where its text could be read.
enum class form : std::uint8_t { word, string, integer, real, boolean, list, other };

struct written {
  std::vector<std::string> items;  // one, but for lists and repeated flags
  form as = form::word;
  std::string origin;  // for messages: "flag --listen", "file tailrace.toml:3"
};

// Sets the member. Gives what would have been right when the value is none, the member unchanged.
std::optional<std::string> assign(settings& target, const setting& which, const written& value);

// The value as TOML, so that reading it gives the same value: 8, true, "text", ["a", "b"].
std::string toml_value(const settings& source, const setting& which);

// The value for people: as TOML without quotes; "auto", "no limit", "none" where that is meant.
std::string readable_value(const settings& source, const setting& which);

// The allowed range of a number: "1 to 65535".
std::string range_text(const setting& which);

}  // namespace tailrace
