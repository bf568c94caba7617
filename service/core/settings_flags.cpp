#include "core/settings_flags.hpp"

#include "core/escape.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>

namespace tailrace {
namespace {

constexpr const char* about =
    "tailrace fetches, hashes and resizes over HTTP.\n"
    "Each setting is a flag, an environment variable (TAILRACE_SOME_NAME for --some-name) and a\n"
    "key of the TOML file (some-name); the flag wins over the variable over the file.\n"
    "Values marked auto follow the machine: cpus = min(CPU affinity, ceil(cgroup cpu.max)),\n"
    "memory = min(cgroup memory limit, RAM). --print-config shows what they come to.";

constexpr const char* hash_comes_first =
    "tailrace: \"hash\" must be the first word of the command line\n";

class command_line {
 public:
  command_line() : app_(about, "tailrace") {
    app_.get_formatter()->column_width(54);
    app_.set_help_flag("-h,--help", "Print this and exit.");
    app_.allow_extras();
    app_.add_subcommand("healthcheck", "Ask the running service whether it lives; exit 0 or 1.")
        ->fallthrough();
    // For --help: as the first word it never comes here (service/cli).
    app_.add_subcommand("hash", "Digests of files and URLs, as sha256sum; see `tailrace hash -h`.");
    version_ = flag("--version", "Print the version and exit.");
    check_ = flag("--check-config", "Check the settings and exit, 0 if they are good.");
    print_ = flag("--print-config", "Print the resolved settings as TOML and exit.");
    config_ = single("--config", "Configuration file (TOML); also TAILRACE_CONFIG.");
    config_->option_text("FILE");
    for (const auto& each : settings_table()) add(each);
  }

  flags read(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());
    try {
      app_.parse(arguments);
    } catch (const CLI::CallForHelp&) {
      return said(action::say, app_.help());
    } catch (const CLI::ParseError& e) {
      return said(action::refuse, std::string("tailrace: ") + e.what() + "\n");
    }
    if (version_->count() > 0) return said(action::say, "tailrace " TAILRACE_VERSION "\n");
    const auto unknown = app_.remaining(true);
    if (!unknown.empty()) return said(action::refuse, complaint(unknown));
    return collected();
  }

 private:
  static flags said(action what, std::string text) { return {what, std::move(text), {}, {}}; }

  // Repeated flags are collected, so that the complaint about them can be ours.
  CLI::Option* single(const std::string& name, const std::string& help) {
    return app_.add_option(name, CLI::callback_t(), help)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }

  CLI::Option* flag(const std::string& name, const std::string& help) {
    return app_.add_flag(name, help);
  }

  void add(const setting& which) {
    const std::string name(which.name), help(which.help);
    const std::string text = std::string(which.unit) + (which.unit.empty() ? "[" : " [") +
                             readable_value(settings{}, which) + "]";
    const bool is_switch = std::holds_alternative<bool settings::*>(which.where);
    const auto made =
        is_switch ? flag("--" + name + ",!--no-" + name, help) : single("--" + name, help);
    made->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    made->option_text(text)->group(std::string(which.group));
    options_.push_back(made);
  }

  static std::string complaint(const std::vector<std::string>& unknown) {
    const auto flag = std::find_if(unknown.begin(), unknown.end(),
                                   [](const auto& each) { return each.starts_with('-'); });
    if (flag == unknown.end())
      return "tailrace: unexpected argument " + quoted_text(unknown.front()) + "\n";
    const auto name = flag->substr(std::min(flag->find_first_not_of('-'), flag->size()));
    const auto near = nearest_setting(name.substr(0, name.find('=')));
    const auto hint = near.empty() ? "see --help" : "did you mean --" + std::string(near) + "?";
    return "tailrace: unknown flag " + quoted_text(*flag) + "; " + hint + "\n";
  }

  flags collected() const {
    flags out;
    if (app_.got_subcommand("hash")) return said(action::refuse, hash_comes_first);
    if (app_.got_subcommand("healthcheck")) out.what = action::healthcheck;
    if (check_->count() > 0) out.what = action::check_config;
    if (print_->count() > 0) out.what = action::print_config;
    if (config_->count() > 0) out.config = config_->results().back();
    std::size_t i = 0;
    for (const auto& each : settings_table()) {
      const auto& option = *options_[i++];
      if (option.count() == 0) continue;
      const std::string name(each.name);
      out.settings.emplace(name, written{option.results(), form::word, "flag --" + name});
    }
    return out;
  }

  CLI::App app_;
  CLI::Option* version_ = nullptr;
  CLI::Option* check_ = nullptr;
  CLI::Option* print_ = nullptr;
  CLI::Option* config_ = nullptr;
  std::vector<CLI::Option*> options_;  // in the order of the table
};

}  // namespace

flags read_flags(std::vector<std::string> arguments) {
  return command_line().read(std::move(arguments));
}

}  // namespace tailrace
