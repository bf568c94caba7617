#include "fetch/attempt.hpp"

namespace tailrace::fetch {

breaker::verdict verdict_of(std::optional<errc> failed, const attempt& a,
                            bool out_of_time) noexcept {
  using verdict = breaker::verdict;
  if (!failed) return verdict::reached;
  switch (*failed) {
    case errc::origin_timeout:
      return out_of_time ? verdict::unknown : verdict::failed;
    case errc::origin_unreachable:
      return a.stale() ? verdict::unknown : verdict::failed;
    case errc::origin_dns:
    case errc::origin_tls:
    case errc::origin_bad_response:
    case errc::origin_incomplete:
      return verdict::failed;
    default:
      return verdict::unknown;
  }
}

std::optional<retry> retry_after(errc failed, const attempt& a) noexcept {
  if (failed != errc::origin_unreachable) return std::nullopt;
  return a.stale() ? retry::stale : retry::unreachable;
}

std::optional<retry> retry_after(const http::response_head& head) noexcept {
  const bool passing = head.status == 502 || head.status == 503 || head.status == 504;
  if (!passing || head.fields.find(http::field_name::retry_after) != nullptr) return std::nullopt;
  return retry::status;
}

}  // namespace tailrace::fetch
