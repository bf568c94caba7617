#include "core/settings_loader.hpp"

#include "core/escape.hpp"
#include "core/settings_file.hpp"
#include "core/settings_flags.hpp"
#include "core/utf8.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <string_view>
#include <unistd.h>

namespace tailrace {
namespace {

constexpr std::string_view prefix = "TAILRACE_";

// Thrown and caught in this file only: the first mistake ends the reading.
struct mistake {
  std::string line;
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != text.npos;
}

// A Kubernetes service called tailrace, or tailrace-something, puts these into every container of
// its namespace (and container links do the like): addresses, not settings.
bool is_service_link(std::string_view name, std::string_view value) {
  if (name.ends_with("_SERVICE_HOST") || contains(name, "_SERVICE_PORT")) return true;
  const bool url =
      value.starts_with("tcp://") || value.starts_with("udp://") || value.starts_with("sctp://");
  if (name.ends_with("_PORT") && url) return true;
  const bool numbered =
      contains(name, "_PORT_") &&
      (contains(name, "_TCP") || contains(name, "_UDP") || contains(name, "_SCTP"));
  return numbered;
}

class loader {
 public:
  void take(const setting& which, const written& value) {
    const auto expected = assign(out_.values, which, value);
    if (expected) {
      std::string shown;
      for (const auto& item : value.items) shown += (shown.empty() ? "" : ", ") + quoted_text(item);
      if (which.secret) shown = "(a secret)";
      throw mistake{std::string(which.name) + " = " + shown + " (" + value.origin +
                    "): " + *expected};
    }
    out_.from.insert_or_assign(std::string(which.name), value.origin);
  }

  void take_file(const std::string& path, const file_reader& read) {
    const auto content = read(path);
    if (!content) throw mistake{"the configuration file " + quoted_text(path) + " cannot be read"};
    const auto file = read_settings_file(*content, is_plain_text(path) ? path : quoted_text(path));
    if (!file.failure.empty()) throw mistake{file.failure};
    for (const auto& [key, value] : file.entries) {
      const auto which = find_setting(key);
      if (which == nullptr)
        throw mistake{unknown(quoted_text(key) + " (" + value.origin + ")", key)};
      take(*which, value);
    }
  }

  void take_environment(const environment& variables) {
    for (const auto& [name, value] : variables) {
      if (!name.starts_with(prefix) || name == "TAILRACE_CONFIG") continue;
      const auto which = named(name);
      if (which == nullptr && is_service_link(name, value)) continue;
      if (which == nullptr)
        throw mistake{unknown("variable " + quoted_text(name), setting_name(name), true)};
      if (!value.empty()) take(*which, {{value}, form::word, "environment " + name});
    }
  }

  // What is well-formed alone but makes no sense together.
  void check_together() const {
    const auto& v = out_.values;
    if (v.header_bytes_max < v.uri_bytes_max)
      throw mistake{pair("header-bytes-max", "uri-bytes-max") +
                    ": a request's head holds its target, so it must be at least as large"};
    if (v.origin_breaker_open_ms > v.origin_breaker_open_max_ms)
      throw mistake{pair("origin-breaker-open-ms", "origin-breaker-open-max-ms") +
                    ": the first time cannot be longer than the longest"};
    check_listeners();
    if (v.tls_certificate_file.empty() != v.tls_key_file.empty())
      throw mistake{pair("tls-certificate-file", "tls-key-file") + ": TLS needs both"};
    const bool local = std::any_of(v.listen.begin(), v.listen.end(), is_unix);
    const unsigned burst_ms = v.long_queue_burst_wait_ms_max;
    if (burst_ms != 0 && burst_ms < v.long_queue_wait_ms_max)
      throw mistake{pair("long-queue-burst-wait-ms-max", "long-queue-wait-ms-max") +
                    ": a burst must be allowed at least as much as what lasts"};
    if (v.proxy_protocol && v.trusted_proxies.empty() && !local)
      throw mistake{pair("proxy-protocol", "trusted-proxies") +
                    ": no proxy is trusted, so no PROXY header would be read"};
  }

  command finish(action what) {
    out_.what = what;
    return std::move(out_);
  }

 private:
  static bool is_unix(const std::string& address) { return address.starts_with("unix:"); }

  void check_listeners() const {
    auto all = out_.values.listen;
    if (all.empty()) throw mistake{with_origin("listen") + ": expected at least one address"};
    all.push_back(out_.values.admin_listen);
    for (auto each = all.begin(); each != all.end(); ++each)
      if (!each->ends_with(":0") && std::find(each + 1, all.end(), *each) != all.end())
        throw mistake{pair("listen", "admin-listen") + ": two listeners need two addresses"};
  }

  static const setting* named(std::string_view variable) {
    for (const auto& each : settings_table())
      if (environment_name(each.name) == variable) return &each;
    return nullptr;
  }

  static std::string setting_name(std::string_view variable) {
    std::string name;
    for (const char c : variable.substr(prefix.size()))
      name += c == '_' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return name;
  }

  static std::string unknown(const std::string& shown, const std::string& name,
                             bool variable = false) {
    const auto near = nearest_setting(name);
    const auto hint = variable ? environment_name(near) : std::string(near);
    return "unknown setting " + shown + "; " +
           (near.empty() ? "--help lists all" : "did you mean " + hint + "?");
  }

  std::string pair(std::string_view one, std::string_view other) const {
    return with_origin(one) + " and " + with_origin(other);
  }

  std::string with_origin(std::string_view name) const {
    const auto from = out_.from.find(name);
    return std::string(name) + " = " + toml_value(out_.values, *find_setting(name)) + " (" +
           (from == out_.from.end() ? "default" : from->second) + ")";
  }

  command out_;
};

std::string config_path(const flags& given, const environment& variables) {
  if (!given.config.empty()) return given.config;
  for (const auto& [name, value] : variables)
    if (name == "TAILRACE_CONFIG") return value;
  return {};
}

}  // namespace

command parse(const std::vector<std::string>& arguments, const environment& variables,
              const file_reader& read) {
  auto given = read_flags(arguments);
  if (given.what == action::say || given.what == action::refuse)
    return {given.what, {}, {}, std::move(given.text)};
  try {
    loader all;
    const auto path = config_path(given, variables);
    if (!path.empty()) all.take_file(path, read);
    all.take_environment(variables);
    for (const auto& [name, value] : given.settings) all.take(*find_setting(name), value);
    all.check_together();
    return all.finish(given.what);
  } catch (const mistake& m) {
    return {action::refuse, {}, {}, "tailrace: " + m.line + "\n"};
  }
}

environment process_environment() {
  environment out;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
    const std::string_view line(*each);
    const auto equals = line.find('=');
    if (equals != line.npos) out.emplace_back(line.substr(0, equals), line.substr(equals + 1));
  }
  return out;
}

std::optional<std::string> read_file(const std::string& path) {
  // Not through stream iterators: those throw where the path is a folder.
  std::ifstream in(path, std::ios::binary);
  std::string content;
  std::array<char, 4096> room;
  while (in.read(room.data(), room.size()) || in.gcount() > 0)
    content.append(room.data(), static_cast<std::size_t>(in.gcount()));
  if (!in.is_open() || in.bad()) return {};
  return content;
}

}  // namespace tailrace
