#include "core/settings_file.hpp"

// CLI11's own reader is no judge: it cuts quoted texts at #, merges repeated keys, and skips what
// it does not understand.
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <array>
#include <charconv>
#include <toml++/toml.h>

namespace tailrace {
namespace {

std::string digits(double value) {
  std::array<char, 32> room;
  return {room.data(), std::to_chars(room.data(), room.data() + room.size(), value).ptr};
}

written converted(const toml::node& node) {
  if (const auto text = node.as_string()) return {{text->get()}, form::string, {}};
  if (const auto integer = node.as_integer())
    return {{std::to_string(integer->get())}, form::integer, {}};
  if (const auto real = node.as_floating_point()) return {{digits(real->get())}, form::real, {}};
  if (const auto truth = node.as_boolean())
    return {{truth->get() ? "true" : "false"}, form::boolean, {}};
  written list{{}, form::list, {}};
  if (const auto array = node.as_array()) {
    for (const auto& item : *array) {
      if (!item.is_string()) return {{"[...]"}, form::other, {}};
      list.items.push_back(item.as_string()->get());
    }
    return list;
  }
  return {{node.is_table() ? "a table" : "a date or time"}, form::other, {}};
}

}  // namespace

settings_file read_settings_file(std::string_view content, const std::string& path) {
  settings_file out;
  const auto parsed = toml::parse(content);
  const auto place = [&](const toml::source_region& region) {
    return path + ":" + std::to_string(region.begin.line);
  };
  if (!parsed) {
    const auto& wrong = parsed.error();
    out.failure = place(wrong.source()) + ": not valid TOML: " + std::string(wrong.description());
    return out;
  }
  for (const auto& [key, node] : parsed.table()) {
    out.entries.push_back({std::string(key.str()), converted(node)});
    out.entries.back().value.origin = "file " + place(node.source());
  }
  return out;
}

}  // namespace tailrace
