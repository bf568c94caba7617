#include "core/settings_text.hpp"
#include "core/settings_values.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/catch.hpp"

namespace tailrace {
namespace {

command parse_file(const std::string& content) {
  return parse({"--config", "f"}, {}, [&](const std::string&) { return content; });
}

machine small_machine() {
  machine m;
  m.affinity_cpus = 4;
  m.cpu_quota = 1.5;
  m.memory_limit = 512 << 20;
  m.fd_limit = 1024;
  return m;
}

void expect_same(const settings& a, const settings& b) {
  for (const auto& each : settings_table()) {
    INFO(each.name);
    CHECK(toml_value(a, each) == toml_value(b, each));
  }
}

}  // namespace

TEST_CASE("settings text: what --print-config prints is accepted as --config, and means the same") {
  settings odd;
  odd.local_root = "/srv/\"quoted\" \\ # \xc3\xa4";
  odd.allowed_sources = {"*.example.org", "https://example.org/a,b"};
  odd.slo_error_ratio = 0.0003;
  odd.image_bytes_max = 1ULL << 40;
  odd.svg = true;
  const auto before = resolve(odd, small_machine());
  const auto text = print_config(before, {});

  INFO(text);
  const auto again = parse_file(text);
  INFO(again.text);
  REQUIRE(again.what == action::serve);
  expect_same(again.values, before.values);
  // Resolving what is resolved changes nothing.
  expect_same(resolve(again.values, small_machine()).values, before.values);
}

TEST_CASE("settings text: --print-config tells where each value came from") {
  const provenance from{{"quality", "environment TAILRACE_QUALITY"}};
  const auto text = print_config(resolve(settings{}, small_machine()), from);
  INFO(text);
  CHECK(text.find("\nio-threads = 2  # ceil(cpu.max 1.5) and affinity 4\n") != text.npos);
  CHECK(text.find("\nquality = 80  # environment TAILRACE_QUALITY\n") != text.npos);
  CHECK(text.find("\nredirects-max = 5\n") != text.npos);
  CHECK(text.find("\n# Warning: connections-max lowered from 20000 to ") != text.npos);
}

TEST_CASE("settings text: a secret is never printed") {
  setting key = *find_setting("cache-control");
  key.secret = true;
  settings s;
  s.cache_control = "hunter2";
  const auto text =
      print_config({s, {}, {}}, {{"cache-control", "flag --cache-control"}}, {&key, 1});
  INFO(text);
  CHECK(text.find("hunter2") == text.npos);
  CHECK(text.find("# cache-control is set by flag --cache-control\n") != text.npos);
}

TEST_CASE("settings text: the documented file says nothing new, and everything when uncommented") {
  const auto text = documented_config();
  expect_same(parse_file(text).values, settings{});

  // Every line that looks like a setting is one: take its # away.
  std::istringstream lines(text);
  std::string uncommented;
  for (std::string line; std::getline(lines, line);) {
    const auto name = line.starts_with("# ") ? line.substr(2, line.find(" = ") - 2) : std::string();
    uncommented += (find_setting(name) != nullptr ? line.substr(2) : line) + "\n";
  }
  const auto all = parse_file(uncommented);
  INFO(all.text);
  REQUIRE(all.what == action::serve);
  CHECK(all.from.size() == settings_table().size());
  expect_same(all.values, settings{});
}

TEST_CASE("settings table: declares every member of the struct, in its order, once") {
  std::ifstream in(TAILRACE_SOURCE_DIR "/service/core/settings.hpp");
  std::vector<std::string> members;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("struct settings {")) inside = true;
    if (line.starts_with("};")) inside = false;
    const auto end = line.find_first_of("=;");
    if (!inside || end == line.npos || line.find("//") < end) continue;
    std::istringstream words(line.substr(0, end));
    std::string type, name;
    words >> type >> name;
    for (auto& c : name)
      if (c == '_') c = '-';
    members.push_back(name);
  }
  std::vector<std::string> declared;
  for (const auto& each : settings_table()) declared.emplace_back(each.name);
  CHECK(declared == members);
}

TEST_CASE("settings table: every default is a value that the table allows") {
  for (const auto& each : settings_table()) {
    const auto text = toml_value(settings{}, each);
    const auto c = parse_file(std::string(each.name) + " = " + text);
    INFO(each.name << " = " << text << ": " << c.text);
    CHECK(c.what == action::serve);
  }
}

}  // namespace tailrace
