// image-memory FILE FORMAT WIDTH: resizes an image once and prints what that was expected to take
// and what it took at its peak, in bytes: `estimate=N peak=N`. A process of its own, because what
// a process has freed before hides what it needs now.
#include "compute/image/probe.hpp"
#include "compute/image/resize.hpp"
#include "http/option_table.hpp"

#include <cstdio>
#include <fstream>
#include <iterator>
#include <malloc.h>
#include <span>
#include <stdexcept>
#include <string>

#include "tests/support/images.hpp"

using namespace tailrace;

namespace {

std::string content_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// In bytes; of the lines of /proc/self/status that are in kB.
std::uint64_t status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name + ":")) return std::stoull(line.substr(name.size() + 1)) * 1024;
  throw std::runtime_error("no " + name + " in /proc/self/status");
}

// From now on VmHWM is the peak since now (proc(5), clear_refs).
void forget_peak() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

image_options options_of(const char* format, const char* width) {
  image_options options;
  http::apply_option(options, "format", format).value();
  http::apply_option(options, "width", width).value();
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: image-memory FILE FORMAT WIDTH\n", stderr);
    return 2;
  }
  const std::string file = content_of(argv[1]);
  const auto source = std::as_bytes(std::span(file));
  const image_options options = options_of(argv[2], argv[3]);
  // What the first image of a process costs once and for all.
  (void)test::resize(test::as_png(test::filled(64, 64, test::red)), options);
  const auto info = image::probe(source);
  if (info.has_error()) return 1;
  forget_peak();
  const std::uint64_t before = status_bytes("VmRSS");
  const auto done = test::resize(source, options);
  const std::uint64_t peak = status_bytes("VmHWM");
  if (done.has_error()) {
    std::fprintf(stderr, "image-memory: %s\n", done.error().detail.c_str());
    return 1;
  }
  std::printf("estimate=%llu peak=%llu\n",
              static_cast<unsigned long long>(image::estimate_peak_bytes(*info, options, {})),
              static_cast<unsigned long long>(peak > before ? peak - before : 0));
  return 0;
}
