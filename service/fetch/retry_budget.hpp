// Keeps requests that are sent again to a share of all that are sent: an origin in trouble must not
// be asked more for it. A token bucket that starts empty and holds no more than ten: in any span of
// time there are at most ten retries and the share of that span's requests. Pure.
#pragma once
#include <algorithm>

namespace tailrace::fetch {

class retry_budget {
 public:
  static constexpr double tokens_max = 10;

  explicit retry_budget(double ratio) noexcept : ratio_(ratio) {}

  // A request, not a retry, goes to the origin.
  void earn() noexcept { tokens_ = std::min(tokens_ + ratio_, tokens_max); }

  // Whether one may be sent again.
  bool spend() noexcept {
    // A tenth, ten times, is a little less than one.
    if (tokens_ < 1 - 1e-9) return false;
    tokens_ = std::max(tokens_ - 1, 0.0);
    return true;
  }

 private:
  double ratio_;
  double tokens_ = 0;
};

}  // namespace tailrace::fetch
