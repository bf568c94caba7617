#include "metrics/allocator.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

// Only the binary is linked with jemalloc, and not under a sanitizer: elsewhere this is null.
extern "C" int mallctl(const char* name, void* old, std::size_t* old_size, void* fresh,
                       std::size_t fresh_size) __attribute__((weak));

namespace tailrace::metrics {

std::optional<allocator_figures> read_allocator() {
  if (mallctl == nullptr) return std::nullopt;
  // What is read below is as old as the last advance of the epoch.
  std::uint64_t epoch = 1;
  if (mallctl("epoch", nullptr, nullptr, &epoch, sizeof epoch) != 0) return std::nullopt;
  allocator_figures out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::string name = "stats." + std::string(allocator_figure_names[i]);
    std::size_t bytes = 0;
    std::size_t size = sizeof bytes;
    if (mallctl(name.c_str(), &bytes, &size, nullptr, 0) != 0) return std::nullopt;
    out[i] = static_cast<double>(bytes);
  }
  return out;
}

}  // namespace tailrace::metrics
