// The grammar of `tailrace hash`: options as GNU tools have them, sha256sum's own among them.
// Pure; whatever is wrong comes back as a line, never thrown.
#pragma once
#include "cli/hash_options.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tailrace::cli {

struct hash_command_line {
  enum class kind : std::uint8_t {
    run,
    say,     // print `text` on standard output, exit 0
    refuse,  // print `text`, one line, on standard error, exit 2
  };
  kind what = kind::run;
  std::string text;
  hash_options options;
  // Flags of the settings table that have to do with sources, and --config: for parse().
  std::vector<std::string> settings;
};

// `arguments` behind the word "hash". Options and names in any order, all behind "--" are names;
// "-cw" is "-c -w".
hash_command_line read_hash_arguments(const std::vector<std::string>& arguments);

}  // namespace tailrace::cli
