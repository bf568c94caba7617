#include "loadtest/generator/outcome.hpp"

#include <array>

namespace tailrace::load {

std::string_view name_of(ending e) noexcept {
  constexpr std::array<std::string_view, ending_count> names{
      "ok",      "refused", "status",    "content",      "connect",
      "timeout", "reset",   "truncated", "bad_response", "unsent"};
  return names[static_cast<std::size_t>(e)];
}

}  // namespace tailrace::load
