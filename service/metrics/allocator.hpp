// The allocator's own figures, where jemalloc is linked in. Any thread. Reading them looks through
// its arenas, which holds each of their locks for a moment: at a scrape, never for a request.
#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace tailrace::metrics {

inline constexpr std::array<std::string_view, 6> allocator_figure_names{
    "allocated", "active", "resident", "retained", "metadata", "mapped"};

using allocator_figures = std::array<double, allocator_figure_names.size()>;

// In bytes, in the order of the names; none with another allocator.
std::optional<allocator_figures> read_allocator();

}  // namespace tailrace::metrics
