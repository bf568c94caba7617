#include "metrics/http_cells.hpp"

namespace tailrace::metrics {

void http_cells::spent(const stage_times& times) noexcept {
  for (std::size_t i = 0; i < stage_names.size(); ++i) {
    const auto s = static_cast<stage>(i);
    if (times.of(s) > duration::zero()) spent(s, times.of(s));
  }
}

}  // namespace tailrace::metrics
