// Odd and broken files from outside the project: each becomes an image or an error of the
// vocabulary, and the process goes on. TAILRACE_CORPUS_DIR names the folder.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tests/support/catch.hpp"
#include "tests/support/images.hpp"

using namespace tailrace;
using namespace tailrace::test;
namespace fs = std::filesystem;

namespace {

fs::path corpus(const char* part) {
  const char* const named = std::getenv("TAILRACE_CORPUS_DIR");
  const fs::path root =
      named != nullptr ? fs::path(named) : fs::path(TAILRACE_SOURCE_DIR) / "../shared/corpora";
  return root / part;
}

bool missing(const fs::path& folder) {
  if (fs::is_directory(folder)) return false;
  std::cerr << "SKIPPED: no corpus at " << folder << " (set TAILRACE_CORPUS_DIR)\n";
  return true;
}

bytes contents(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto* const data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

image_options small() {
  image_options options;
  options.type = resizing_type::fill;
  options.width = 24;
  options.height = 16;
  options.format = image_format::webp;
  return options;
}

}  // namespace

TEST_CASE("corpus: PngSuite, where the name tells which files are broken") {
  const fs::path folder = corpus("pngsuite");
  if (missing(folder)) return;
  int good = 0;
  int bad = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".png") continue;
    INFO(entry.path().filename().string());
    const bool broken = entry.path().filename().string().starts_with('x');
    const auto done = test::resize(contents(entry.path()), small());
    if (done.has_error()) INFO(done.error().detail);
    CHECK(done.has_value() == !broken);
    ++(done.has_value() ? good : bad);
  }
  std::cerr << "pngsuite: " << good << " resized, " << bad << " refused\n";
  CHECK(good + bad > 0);
}

TEST_CASE("corpus: fuzzing seeds of every kind") {
  const fs::path folder = corpus("gofuzz");
  if (missing(folder)) return;
  image::limits allowed;
  allowed.image_pixels_max = 4'000'000;
  int good = 0;
  int bad = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    INFO(entry.path().string());
    const auto done = test::resize(contents(entry.path()), small(), allowed);
    ++(done.has_value() ? good : bad);
    if (done.has_value()) {
      CHECK(image::probe(done->content.bytes())->width == done->width);
      continue;
    }
    const errc code = done.error().code;
    CHECK((code == errc::not_an_image || code == errc::image_truncated ||
           code == errc::image_too_large));
  }
  std::cerr << "gofuzz: " << good << " resized, " << bad << " refused\n";
  CHECK(good + bad > 0);
}
