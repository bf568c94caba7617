// The configuration file: TOML with flat keys. Reading it knows nothing of which keys exist.
#pragma once
#include "core/settings_values.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tailrace {

struct settings_file {
  struct entry {
    std::string key;
    written value;
  };
  std::vector<entry> entries;  // in the order of their keys
  std::string failure;         // one line with file and line number; empty = it is TOML
};

// `path` is for messages only. A table or a date comes out as form::other.
settings_file read_settings_file(std::string_view content, const std::string& path);

}  // namespace tailrace
