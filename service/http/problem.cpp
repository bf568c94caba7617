#include "http/problem.hpp"

#include "http/json.hpp"

#include <array>

namespace tailrace::http {
namespace {

struct entry {
  errc code;
  unsigned status;
  std::string_view title;
};

constexpr std::array<entry, errc_count> table{{
    {errc::bad_request, 400, "The request is not well-formed HTTP"},
    {errc::bad_parameter, 400, "A parameter is missing or wrong"},
    {errc::bad_url, 400, "The source URL cannot be used"},
    {errc::source_refused, 403, "The source is not allowed"},
    {errc::forbidden, 403, "A signature or token is missing or wrong"},
    {errc::route_not_found, 404, "There is nothing at this path"},
    {errc::source_not_found, 404, "The source does not exist"},
    {errc::method_not_allowed, 405, "The method is not allowed here"},
    {errc::request_timeout, 408, "The request took too long to arrive"},
    {errc::body_too_large, 413, "The content is too large"},
    {errc::uri_too_long, 414, "The request target is too long"},
    {errc::unsupported_media_type, 415, "The content type is not supported"},
    {errc::expectation_failed, 417, "The expectation cannot be met"},
    {errc::header_too_large, 431, "The header section is too large"},
    {errc::not_an_image, 422, "The source is not an image we can read"},
    {errc::image_truncated, 422, "The image is truncated"},
    {errc::image_too_large, 422, "The image has too many pixels"},
    {errc::digest_mismatch, 422, "The digest does not match"},
    {errc::too_many_requests, 429, "Too many requests at once from this client"},
    {errc::client_gone, 499, "The client went away"},
    {errc::cancelled, 424, "Not done because something beside it failed"},
    {errc::origin_unreachable, 502, "The origin cannot be reached"},
    {errc::origin_dns, 502, "The origin's name cannot be resolved"},
    {errc::origin_tls, 502, "The origin's TLS cannot be trusted"},
    {errc::origin_bad_response, 502, "The origin's answer is not acceptable"},
    {errc::origin_incomplete, 502, "The origin's answer ended early"},
    {errc::origin_failed, 502, "The origin answered with an error"},
    {errc::origin_timeout, 504, "The origin is too slow"},
    {errc::origin_busy, 503, "Too many requests wait for this origin"},
    {errc::origin_suspended, 502, "The origin failed too often to be asked now"},
    {errc::internal, 500, "Something went wrong on our side"},
    {errc::overloaded, 503, "Too busy to take this request"},
    {errc::queue_full, 503, "Too busy to take this request"},
    {errc::share_exceeded, 503, "Too busy to take more requests from this client"},
    {errc::memory_exhausted, 503, "Too busy to take this request"},
    {errc::draining, 503, "Shutting down"},
    {errc::deadline_exceeded, 503, "The request could not be finished in time"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].code) != i) return false;
  return true;
}
static_assert(in_order(), "the table is indexed by errc");

// Who was turned away together shall not come back together: 1 to 3, by the request's id.
char seconds_to_wait(errc code, std::string_view instance) noexcept {
  const bool crowd = side_of(code) == side::us && code != errc::draining;
  if (!crowd || instance.empty()) return '1';
  return static_cast<char>('1' + static_cast<unsigned char>(instance.back()) % 3);
}

}  // namespace

unsigned status_of(errc code) noexcept {
  return table[static_cast<std::size_t>(code)].status;
}

void append_problem(std::string& out, const error& e, std::string_view instance) {
  const entry& known = table[static_cast<std::size_t>(e.code)];
  json_object json(out);
  json.add("type", "about:blank");
  json.add("title", known.title);
  json.add("status", std::uint64_t{known.status});
  if (!e.detail.empty() && side_of(e.code) != side::us) json.add("detail", e.detail);
  if (!instance.empty()) json.add("instance", instance);
  json.add("code", name_of(e.code));
  json.close();
}

void write_problem(response& into, const error& e, std::string_view instance) {
  const entry& known = table[static_cast<std::size_t>(e.code)];
  into.clear();
  into.status = known.status;
  into.content_type = "application/problem+json";
  append_problem(into.text, e, instance);
  into.text.push_back('\n');
  const bool later = known.status == 503 || known.status == 429 || e.code == errc::origin_suspended;
  if (later) into.add("Retry-After", std::string(1, seconds_to_wait(e.code, instance)));
}

}  // namespace tailrace::http
