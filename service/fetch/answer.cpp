#include "fetch/answer.hpp"

#include <string>

namespace tailrace::fetch {
namespace {

bool is_redirect(unsigned status) noexcept {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// RFC 9110 §8.4: an unasked-for coding would have us digest or decode other bytes than the
// client named.
bool is_encoded(const http::fields& fields) noexcept {
  for (const auto& f : fields)
    if (f.id == http::field_name::content_encoding && !f.value.empty() &&
        !http::equal_ignoring_case(f.value, "identity"))
      return true;
  return false;
}

result<std::optional<url>> follow(const http::response_head& head, const url& asked,
                                  unsigned redirects_left, std::size_t url_bytes_max) {
  if (head.fields.count(http::field_name::location) != 1)
    return error(errc::origin_failed, "the origin redirects without saying where");
  if (redirects_left == 0) return error(errc::origin_failed, "too many redirects");
  auto next = resolve(asked, head.fields.find(http::field_name::location)->value, url_bytes_max);
  if (next.has_error())
    return error(
        errc::origin_bad_response,
        std::string("the origin redirects to an unusable URL: ").append(next.error().detail));
  if (next->scheme == scheme::local)
    return error(errc::source_refused, "the origin redirects to a local file");
  if (asked.scheme == scheme::https && next->scheme == scheme::http)
    return error(errc::source_refused, "the origin redirects from https to http");
  return std::optional<url>(std::move(*next));
}

}  // namespace

result<std::optional<url>> judge_answer(const http::response_head& head,
                                        const http::framing& framing, const url& asked,
                                        std::uint64_t bytes_max, unsigned redirects_left,
                                        std::size_t url_bytes_max, bool conditional) {
  if (conditional && head.status == 304) return std::optional<url>();
  if (is_redirect(head.status)) return follow(head, asked, redirects_left, url_bytes_max);
  const std::string said = std::string("the origin answered ").append(std::to_string(head.status));
  if (head.status == 404 || head.status == 410) return error(errc::source_not_found, said);
  if (head.status != 200) return error(errc::origin_failed, said);
  if (is_encoded(head.fields))
    return error(errc::origin_bad_response, "the origin encoded the body unasked");
  if (bytes_max > 0 && framing.kind == http::body_kind::length && framing.length > bytes_max)
    return error(errc::body_too_large, "the source is larger than the limit");
  return std::optional<url>();
}

}  // namespace tailrace::fetch
