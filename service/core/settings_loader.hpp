// From the command line to what main() does: flags over environment over configuration file over
// defaults. Pure but for `read`; whatever is wrong comes back as action::refuse, never thrown.
#pragma once
#include "core/settings.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tailrace {

enum class action : std::uint8_t {
  serve,
  check_config,  // the settings are good: say so and exit 0
  print_config,  // resolve them, print print_config() of it, exit 0
  healthcheck,   // ask the running service, exit 0 or 1
  say,           // print `text` (help or version) on standard output, exit 0
  refuse,        // print `text` (one line) on standard error, exit 2
};

// Setting -> where its value came from, such as "flag --listen"; defaults are absent.
using provenance = std::map<std::string, std::string, std::less<>>;

struct command {
  action what = action::serve;
  settings values;
  provenance from;
  std::string text;  // ends with a line break
};

using environment = std::vector<std::pair<std::string, std::string>>;
// A file's content, or nothing when it cannot be read.
using file_reader = std::function<std::optional<std::string>(const std::string& path)>;

// `arguments` without the program's name. Empty environment variables count as not set, and those
// that Kubernetes makes for a service of our name (TAILRACE_PORT=tcp://..., TAILRACE_SERVICE_HOST)
// are not ours; every other TAILRACE_ variable must be a setting.
command parse(const std::vector<std::string>& arguments, const environment& variables,
              const file_reader& read);

// The process's own, for main().
environment process_environment();
std::optional<std::string> read_file(const std::string& path);

}  // namespace tailrace
