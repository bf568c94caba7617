// The settings as documents: all three are generated from the table, so none can go stale.
#pragma once
#include "core/resolve.hpp"
#include "core/settings_loader.hpp"
#include "core/settings_table.hpp"

#include <span>
#include <string>

namespace tailrace {

// What --print-config prints: TOML that --config takes, each value with where it came from.
// Secrets are left out.
std::string print_config(const resolved& of, const provenance& from,
                         std::span<const setting> table = settings_table());

// config/tailrace.toml: every setting explained, commented out at its default.
std::string documented_config();

// The rows between `<!-- settings -->` and `<!-- /settings -->` in the README.
std::string settings_markdown();

}  // namespace tailrace
