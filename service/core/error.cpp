#include "core/error.hpp"

#include <array>
#include <stdexcept>

namespace tailrace {
namespace {

struct entry {
  errc code;
  std::string_view name;
  side owner;
};

constexpr std::array<entry, errc_count> table{{
    {errc::bad_request, "bad_request", side::client},
    {errc::bad_parameter, "bad_parameter", side::client},
    {errc::bad_url, "bad_url", side::client},
    {errc::source_refused, "source_refused", side::client},
    {errc::forbidden, "forbidden", side::client},
    {errc::route_not_found, "route_not_found", side::client},
    {errc::source_not_found, "source_not_found", side::client},
    {errc::method_not_allowed, "method_not_allowed", side::client},
    {errc::request_timeout, "request_timeout", side::client},
    {errc::body_too_large, "body_too_large", side::client},
    {errc::uri_too_long, "uri_too_long", side::client},
    {errc::unsupported_media_type, "unsupported_media_type", side::client},
    {errc::expectation_failed, "expectation_failed", side::client},
    {errc::header_too_large, "header_too_large", side::client},
    {errc::not_an_image, "not_an_image", side::client},
    {errc::image_truncated, "image_truncated", side::client},
    {errc::image_too_large, "image_too_large", side::client},
    {errc::digest_mismatch, "digest_mismatch", side::client},
    {errc::too_many_requests, "too_many_requests", side::client},
    {errc::client_gone, "client_gone", side::client},
    {errc::cancelled, "cancelled", side::client},
    {errc::origin_unreachable, "origin_unreachable", side::origin},
    {errc::origin_dns, "origin_dns", side::origin},
    {errc::origin_tls, "origin_tls", side::origin},
    {errc::origin_bad_response, "origin_bad_response", side::origin},
    {errc::origin_incomplete, "origin_incomplete", side::origin},
    {errc::origin_failed, "origin_failed", side::origin},
    {errc::origin_timeout, "origin_timeout", side::origin},
    {errc::origin_busy, "origin_busy", side::origin},
    {errc::origin_suspended, "origin_suspended", side::origin},
    {errc::internal, "internal", side::us},
    {errc::overloaded, "overloaded", side::us},
    {errc::queue_full, "queue_full", side::us},
    {errc::share_exceeded, "share_exceeded", side::us},
    {errc::memory_exhausted, "memory_exhausted", side::us},
    {errc::draining, "draining", side::us},
    {errc::deadline_exceeded, "deadline_exceeded", side::us},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (static_cast<std::size_t>(table[i].code) != i) return false;
  return true;
}
static_assert(in_order(), "the table is indexed by errc");

const entry& entry_of(errc code) noexcept {
  return table[static_cast<std::size_t>(code)];
}

}  // namespace

std::string_view name_of(errc code) noexcept {
  return entry_of(code).name;
}
side side_of(errc code) noexcept {
  return entry_of(code).owner;
}

std::string_view name_of(side s) noexcept {
  constexpr std::array<std::string_view, 3> names{"client", "origin", "us"};
  return names[static_cast<std::size_t>(s)];
}

void throw_exception_from_error(const error& e, const boost::source_location& where) {
  throw std::logic_error(std::string(name_of(e.code)) + ": " + e.detail + " (" + where.to_string() +
                         ")");
}

}  // namespace tailrace
