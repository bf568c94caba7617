// The inputs that the fuzzers were given and those that they found, each tried again.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/targets.hpp"
#include "tests/support/catch.hpp"

using namespace tailrace;
namespace files = std::filesystem;

namespace {

const files::path corpus = files::path(TAILRACE_SOURCE_DIR) / "tests/fuzz/corpus";

std::vector<files::path> inputs_of(std::string_view target) {
  std::vector<files::path> all;
  for (const auto& entry : files::directory_iterator(corpus / target)) all.push_back(entry.path());
  std::sort(all.begin(), all.end());
  return all;
}

std::string content_of(const files::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("every input of the kept corpus keeps the rules of its fuzzer", "[fuzz]") {
  for (const fuzz::target& target : fuzz::targets) {
    CAPTURE(target.name);
    const auto inputs = inputs_of(target.name);
    REQUIRE_FALSE(inputs.empty());
    for (const auto& input : inputs) {
      CAPTURE(input);
      CHECK_NOTHROW(target.run(content_of(input)));
    }
  }
}

TEST_CASE("the corpus is small, and every part of it has a fuzzer", "[fuzz]") {
  for (const auto& folder : files::directory_iterator(corpus)) {
    CAPTURE(folder.path());
    const auto same = [&](const fuzz::target& t) { return t.name == folder.path().filename(); };
    CHECK(std::any_of(fuzz::targets.begin(), fuzz::targets.end(), same));
    for (const auto& input : files::directory_iterator(folder)) {
      CAPTURE(input.path());
      CHECK(input.file_size() <= 2048);
    }
  }
}

TEST_CASE("no bytes at all are an input, too", "[fuzz]") {
  for (const fuzz::target& target : fuzz::targets) {
    CAPTURE(target.name);
    CHECK_NOTHROW(target.run({}));
  }
}
