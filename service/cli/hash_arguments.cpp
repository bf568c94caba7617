#include "cli/hash_arguments.hpp"

#include "core/escape.hpp"
#include "core/settings_table.hpp"
#include "core/settings_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace tailrace::cli {
namespace {

// Thrown and caught in this file only: the first mistake ends the reading.
struct mistake {
  std::string line;
};

struct said {
  std::string text;
};

using kind = hash_command_line::kind;
using toggle = bool hash_options::*;

struct option {
  char brief;  // 0: none
  std::string_view name;
  std::string_view placeholder;  // of its value; empty: it has none
  std::string_view help;
  void (*take)(hash_options&, std::string_view value);
  bool checking = false;  // makes sense only with --check
};

template <toggle Member, bool Value = true>
void set(hash_options& o, std::string_view) {
  o.*Member = Value;
}

void take_algorithms(hash_options& o, std::string_view list) {
  const auto all = hash::parse_algorithms(list);
  if (all.has_error()) throw mistake{"--algorithm: " + all.error().detail};
  o.algorithms = *all;
  o.algorithm_given = true;
}

void take_max_concurrent(hash_options& o, std::string_view text) {
  std::size_t n = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (bad != std::errc{} || end != text.data() + text.size() || n > max_concurrent_max)
    throw mistake{"max_concurrent must be a whole number from 1 to " +
                  std::to_string(max_concurrent_max)};
  if (n == 0) throw mistake{"max_concurrent must be greater than 0"};
  o.max_concurrent = n;
}

using o = hash_options;
constexpr std::array options{
    option{'a', "algorithm", "A,...", "sha256 (the default), sha1, sha384, sha512, md5, ...",
           take_algorithms},
    option{'j', "max-concurrent", "N", "Files and URLs at a time, 1 to 256; 8 unless given.",
           take_max_concurrent},
    option{0, "fail-fast", "", "The first error ends all that is under way.", set<&o::fail_fast>},
    option{0, "progress", "", "Show how far it is, on a terminal; the default.", set<&o::progress>},
    option{0, "no-progress", "", "Do not.", set<&o::progress, false>},
    option{'b', "binary", "", "Mark names with an asterisk; nothing else differs.",
           [](hash_options& out, std::string_view) { out.style.binary = true; }},
    option{'t', "text", "", "Do not mark them; the default.",
           [](hash_options& out, std::string_view) { out.style.binary = false; }},
    option{0, "tag", "", "Lines in the form of BSD: SHA256 (NAME) = HEX.",
           [](hash_options& out, std::string_view) { out.style.tag = true; }},
    option{'z', "zero", "", "End lines with NUL, and escape nothing in names.",
           [](hash_options& out, std::string_view) { out.style.zero = true; }},
    option{'c', "check", "", "Read lines from the FILEs and check what they say.", set<&o::check>},
    option{0, "ignore-missing", "", "Pass over files that do not exist.", set<&o::ignore_missing>,
           true},
    option{0, "quiet", "", "No line for what is right.", set<&o::quiet>, true},
    option{0, "status", "", "No line at all; the exit status says it.", set<&o::status>, true},
    option{0, "strict", "", "An improperly formatted line is a failure.", set<&o::strict>, true},
    option{'w', "warn", "", "Tell each improperly formatted line.", set<&o::warn>, true},
};

constexpr std::string_view about =
    "Usage: tailrace hash [OPTION]... [FILE|URL]...\n"
    "Print or check digests of files and of http:// and https:// URLs, many at a time, in the\n"
    "order given. Without a name, or where one is -, standard input. Exit status 0 when all went\n"
    "well, 1 when something did not, 2 when the command line is wrong.\n\n";

constexpr std::string_view about_settings =
    "\nURLs are fetched as the service fetches them, from the public internet unless allowed. "
    "These\n"
    "are its settings, which may also be environment variables and keys of the file --config:\n";

bool is_of_sources(const setting& which) noexcept {
  return which.group == "Sources";
}

std::string padded(std::string left, std::string_view right) {
  constexpr std::size_t column = 32;
  left.resize(std::max(left.size() + 2, column), ' ');
  return left.append(right) + "\n";
}

std::string help() {
  std::string out(about);
  for (const option& each : options) {
    std::string left = each.brief != 0 ? std::string("  -") + each.brief + ", " : "      ";
    left.append("--").append(each.name);
    if (!each.placeholder.empty()) left.append("=").append(each.placeholder);
    out += padded(std::move(left), each.help);
  }
  out += padded("  -h, --help", "Print this and exit.");
  out.append(about_settings);
  for (const setting& each : settings_table())
    if (is_of_sources(each))
      out += padded("      --" + std::string(each.name),
                    std::string(each.help) + " [" + readable_value(settings{}, each) + "]");
  return out;
}

class reader {
 public:
  explicit reader(const std::vector<std::string>& arguments) : arguments_(arguments) {}

  hash_command_line read() {
    for (bool names_only = false; at_ < arguments_.size();) {
      const std::string& word = arguments_[at_++];
      if (names_only || word == "-" || !word.starts_with('-')) {
        out_.options.names.push_back(word);
      } else if (word == "--") {
        names_only = true;
      } else if (word.starts_with("--")) {
        take_long(word);
      } else {
        take_brief(word);
      }
    }
    if (out_.options.names.empty()) out_.options.names.emplace_back("-");
    check_together();
    return std::move(out_);
  }

 private:
  void take_long(const std::string& word) {
    const std::string_view text = std::string_view(word).substr(2);
    const auto equals = text.find('=');
    const std::string_view name = text.substr(0, equals);
    std::optional<std::string_view> value;
    if (equals != text.npos) value = text.substr(equals + 1);
    if (name == "help") throw said{help()};
    if (name == "version") throw said{"tailrace " TAILRACE_VERSION "\n"};
    for (const option& each : options)
      if (each.name == name) return take(each, word, value);
    take_setting(word, name, value.has_value());
  }

  void take(const option& which, const std::string& word, std::optional<std::string_view> value) {
    if (which.placeholder.empty() && value) throw mistake{quoted_text(word) + " takes no value"};
    if (!which.placeholder.empty() && !value) value = next_word(word);
    which.take(out_.options, value.value_or(std::string_view()));
    if (which.checking) of_checking_ = which.name;
  }

  // "-cw", "-a md5", "-amd5".
  void take_brief(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      if (word[i] == 'h') throw said{help()};
      const auto which = std::find_if(options.begin(), options.end(),
                                      [&](const option& each) { return each.brief == word[i]; });
      if (which == options.end()) unknown(word, {});
      std::optional<std::string_view> rest;
      const bool has_value = !which->placeholder.empty();
      if (has_value && i + 1 < word.size()) rest = std::string_view(word).substr(i + 1);
      take(*which, word, rest);
      if (has_value) return;
    }
  }

  void take_setting(const std::string& word, std::string_view name, bool has_value) {
    const bool negated = name.starts_with("no-");
    const setting* which = find_setting(negated ? name.substr(3) : name);
    const bool is_switch =
        which != nullptr && std::holds_alternative<bool settings::*>(which->where);
    const bool known = name == "config" || (which != nullptr && is_of_sources(*which));
    if (!known || (negated && !is_switch)) unknown(word, name);
    out_.settings.push_back(word);
    if (!is_switch && !has_value) out_.settings.emplace_back(next_word(word));
  }

  std::string_view next_word(const std::string& option) {
    if (at_ == arguments_.size()) throw mistake{quoted_text(option) + " needs a value"};
    return arguments_[at_++];
  }

  [[noreturn]] static void unknown(const std::string& word, std::string_view name) {
    std::string_view near;
    for (const option& each : options)
      if (!name.empty() && each.name.starts_with(name)) near = each.name;
    const auto setting = near.empty() ? find_setting(nearest_setting(name)) : nullptr;
    if (setting != nullptr && is_of_sources(*setting)) near = setting->name;
    throw mistake{
        "unknown option " + quoted_text(word) + "; " +
        (near.empty() ? "see tailrace hash --help" : "did you mean --" + std::string(near) + "?")};
  }

  void check_together() const {
    const hash_options& given = out_.options;
    if (!given.check && !of_checking_.empty())
      throw mistake{"--" + std::string(of_checking_) + " is for --check only"};
    if (!given.check) return;
    if (given.style.tag) throw mistake{"--check reads lines of both forms; leave --tag out"};
    if (given.style.zero) throw mistake{"--zero is not supported with --check"};
    if (given.algorithms.size() > 1) throw mistake{"--check takes one algorithm"};
  }

  const std::vector<std::string>& arguments_;
  std::size_t at_ = 0;
  std::string_view of_checking_;
  hash_command_line out_;
};

}  // namespace

hash_command_line read_hash_arguments(const std::vector<std::string>& arguments) {
  try {
    return reader(arguments).read();
  } catch (const said& s) {
    return {kind::say, s.text, {}, {}};
  } catch (const mistake& m) {
    return {kind::refuse, "tailrace: " + m.line + "\n", {}, {}};
  }
}

}  // namespace tailrace::cli
