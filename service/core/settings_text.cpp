#include "core/settings_text.hpp"

#include "core/settings_values.hpp"

#include <string_view>

namespace tailrace {
namespace {

template <class Map>
std::string found(const Map& map, std::string_view name) {
  const auto at = map.find(name);
  return at == map.end() ? std::string() : at->second;
}

// "ms, 1 to 3600000", "threads, 0 to 1024, 0 = auto", "true or false", "ADDRESS:PORT".
std::string shape(const setting& which) {
  if (std::holds_alternative<bool settings::*>(which.where)) return "true or false";
  std::string out(which.unit);
  const bool number = !std::holds_alternative<std::string settings::*>(which.where) &&
                      !std::holds_alternative<std::vector<std::string> settings::*>(which.where);
  if (!number) return out;
  if (!out.empty()) out += ", ";
  out += range_text(which);
  if (!which.zero.empty()) out += ", 0 = " + std::string(which.zero);
  return out;
}

}  // namespace

std::string print_config(const resolved& of, const provenance& from,
                         std::span<const setting> table) {
  std::string out = "# tailrace " TAILRACE_VERSION "\n";
  std::string_view group;
  for (const auto& each : table) {
    if (each.group != group) out += "\n# " + std::string(group = each.group) + "\n";
    const std::string name(each.name);
    const auto source = found(from, each.name);
    const auto derived = found(of.derivations, each.name);
    if (each.secret) {
      out += "# " + name + (source.empty() ? " is not set\n" : " is set by " + source + "\n");
      continue;
    }
    const auto& comment = derived.empty() ? source : derived;
    out += name + " = " + toml_value(of.values, each);
    out += comment.empty() ? "\n" : "  # " + comment + "\n";
  }
  for (const auto& warning : of.warnings) out += "\n# Warning: " + warning + "\n";
  return out;
}

std::string documented_config() {
  std::string out =
      "# Every setting of tailrace at its default. Take the # off to change one. A flag\n"
      "# (--some-name) or environment variable (TAILRACE_SOME_NAME) of that name overrides this\n"
      "# file. `tailrace --config FILE --print-config` shows what it all comes to.\n";
  std::string_view group;
  for (const auto& each : settings_table()) {
    if (each.group != group) out += "\n# ---- " + std::string(group = each.group) + " ----\n";
    out += "\n# " + std::string(each.help) + "\n";
    const auto form = shape(each);
    if (!form.empty()) out += "# (" + form + ")\n";
    out += "# " + std::string(each.name) + " = " + toml_value(settings{}, each) + "\n";
  }
  return out;
}

std::string settings_markdown() {
  std::string out = "| setting | default | unit, range | what it does |\n|---|---|---|---|\n";
  for (const auto& each : settings_table())
    out += "| `" + std::string(each.name) + "` | " + readable_value(settings{}, each) + " | " +
           shape(each) + " | " + std::string(each.help) + " |\n";
  return out;
}

}  // namespace tailrace
