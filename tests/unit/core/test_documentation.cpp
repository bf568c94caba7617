// The documents that are generated from tables say what the tables say. After a change of a table
// run the suite once with TAILRACE_UPDATE_DOCUMENTS=1: it rewrites them.
#include "core/settings_text.hpp"
#include "metrics/families.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

#include "tests/support/catch.hpp"

namespace tailrace {
namespace {

const std::string folder = TAILRACE_SOURCE_DIR "/";

bool updating() {
  return std::getenv("TAILRACE_UPDATE_DOCUMENTS") != nullptr;
}

std::string read(const std::string& name) {
  std::ifstream in(folder + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& name, const std::string& content) {
  std::ofstream(folder + name) << content;
}

// The lines between `<!-- name -->` and `<!-- /name -->`.
void expect_block(const std::string& file, const std::string& name, const std::string& wanted) {
  auto text = read(file);
  const auto first = "<!-- " + name + " -->\n", last = "<!-- /" + name + " -->";
  const auto begin = text.find(first), end = text.find(last);
  INFO(file << " needs " << first << " and " << last);
  REQUIRE(begin != text.npos);
  REQUIRE(end != text.npos);
  const auto from = begin + first.size();
  if (updating()) write(file, text.replace(from, end - from, wanted));
  text = read(file);
  CHECK(text.substr(from, text.find(last) - from) == wanted);
}

// The lines between `// [name]` and `// [/name]`, as a block of code and without the indentation of
// the first one.
std::string example(const std::string& name) {
  const auto text = read("tests/unit/exec/test_examples.cpp");
  const auto first = "// [" + name + "]\n";
  const auto begin = text.find(first), end = text.find("// [/" + name + "]");
  INFO("example " << name);
  REQUIRE(begin != text.npos);
  REQUIRE(end != text.npos);
  std::istringstream lines(text.substr(begin + first.size(), end - begin - first.size()));
  std::string out = "```cpp\n";
  std::optional<std::size_t> indentation;
  for (std::string line; std::getline(lines, line);) {
    const auto text_at = line.find_first_not_of(' ');
    if (text_at == line.npos) continue;
    if (!indentation) indentation = text_at;
    out += line.substr(*indentation) + "\n";
  }
  return out + "```\n";
}

}  // namespace

TEST_CASE("documentation: config/tailrace.toml is the generated one") {
  if (updating()) write("config/tailrace.toml", documented_config());
  CHECK(read("config/tailrace.toml") == documented_config());
}

TEST_CASE("documentation: the README's table of settings is the generated one") {
  expect_block("README.md", "settings", settings_markdown());
}

TEST_CASE("documentation: the examples of the concurrency page are those that are run") {
  for (const std::string name : {"offload", "run_blocking", "task_group", "with_task_group"})
    expect_block("docs/concurrency.md", "example " + name, example(name));
}

TEST_CASE("documentation: the README's table of metrics is the generated one") {
  expect_block("README.md", "metrics", metrics::metrics_markdown());
}

}  // namespace tailrace
