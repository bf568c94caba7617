// The one declaration of every metric: its name, type, labels and meaning. The exposition and the
// table in the README come from it.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tailrace::metrics {

enum class kind : std::uint8_t { counter, gauge, histogram };

struct family {
  std::string_view name;
  kind type;
  std::string_view labels;  // names, separated by ", "
  std::string_view help;
};

std::span<const family> families() noexcept;

// The rows between `<!-- metrics -->` and `<!-- /metrics -->` in the README.
std::string metrics_markdown();

}  // namespace tailrace::metrics
