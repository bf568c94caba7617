#include "metrics/labels.hpp"

#include <algorithm>

namespace tailrace::metrics {
namespace {

template <std::size_t N>
bool is_in(unsigned status, const std::array<unsigned, N>& list) noexcept {
  return std::find(list.begin(), list.end(), status) != list.end();
}

// A message can break HTTP, or the service be busy, whatever it asked for.
constexpr std::array<unsigned, 13> any_request{400, 408, 411, 413, 414, 417, 431,
                                               499, 500, 501, 503, 505, 403};
constexpr std::array<unsigned, 4> probe_answers{200, 204, 401, 403};

}  // namespace

bool can_occur(const route_labels* route, std::size_t method, std::size_t status) noexcept {
  if (status >= statuses.size()) return false;
  const unsigned code = statuses[status];
  if (route == nullptr) return code == 404 || code == 405 || is_in(code, any_request);
  const bool allowed = (route->methods >> method & 1U) != 0;
  if (!allowed) return code == 405 || is_in(code, any_request);
  if (code == 405) return false;
  if (route->type == route_labels::kind::work && method_names[method] != "OPTIONS") return true;
  return is_in(code, probe_answers) || is_in(code, any_request);
}

}  // namespace tailrace::metrics
