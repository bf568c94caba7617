#include "metrics/http_cells.hpp"

namespace tailrace::metrics {

void http_cells::spent(const stage_times& times) noexcept {
  for (std::size_t i = 0; i < stage_names.size(); ++i) {
    const auto s = static_cast<stage>(i);
    // How long hashing takes, whether or not anybody waited for it.
    const duration d = s == stage::hash ? times.of(s) + times.beside() : times.of(s);
    if (d > duration::zero()) spent(s, d);
  }
}

}  // namespace tailrace::metrics
