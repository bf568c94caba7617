// The one vocabulary of everything that can go wrong on behalf of a request. Each code has a name
// (the `code` member of a problem answer and the label of `tailrace_errors_total`) and a side:
// whose fault it is. Which HTTP status it becomes is decided in one place, http/problem.hpp.
#pragma once
#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace {

enum class side : std::uint8_t { client, origin, us };

enum class errc : std::uint8_t {
  // the client's
  bad_request,     // the message breaks HTTP: framing, start line, header section
  bad_parameter,   // a query parameter is missing, unknown or out of range
  bad_url,         // a source URL that is none, or of a scheme we do not speak
  source_refused,  // the address policy says no
  forbidden,       // a signature or token is missing or wrong
  route_not_found,
  source_not_found,  // the origin answered 404 or 410, or the local file is absent
  method_not_allowed,
  request_timeout,  // the client was too slow
  body_too_large,   // more bytes than the limit, sent by the client or by the origin
  uri_too_long,
  unsupported_media_type,
  expectation_failed,
  header_too_large,
  not_an_image,
  image_truncated,
  image_too_large,    // more pixels or a longer side than the limit
  digest_mismatch,    // verify= or Content-Digest does not match
  too_many_requests,  // by this client at once
  client_gone,        // the connection went away before the answer; 499 in metrics
  cancelled,          // not done because something beside it failed
  // the origin's
  origin_unreachable,  // connect refused, reset or no route
  origin_dns,
  origin_tls,
  origin_bad_response,  // not HTTP, or HTTP we refuse
  origin_incomplete,    // ended before its body did
  origin_failed,        // a status that is no success
  origin_timeout,
  origin_busy,       // refused before it was asked: too many requests wait for this origin
  origin_suspended,  // refused before it was asked: it failed too often in a row
  // ours
  internal,
  overloaded,        // refused: too many requests in flight, jobs, look-ups or open files
  queue_full,        // refused: the wait for a thread for images would be too long
  share_exceeded,    // the same, but another client would have been let in
  memory_exhausted,  // refused: the memory budget is used up
  draining,
  deadline_exceeded,  // the request's own deadline passed while we were at work
};

inline constexpr std::size_t errc_count = static_cast<std::size_t>(errc::deadline_exceeded) + 1;

std::string_view name_of(errc code) noexcept;
side side_of(errc code) noexcept;
std::string_view name_of(side s) noexcept;

// What happened, and the words for the person who reads the answer. `detail` may be empty; for
// the codes on our side it goes to the log only.
struct error {
  error() = default;  // Boost.System makes one where there was no error
  error(errc c) : code(c) {}
  error(errc c, std::string d) : code(c), detail(std::move(d)) {}

  errc code = errc::internal;
  std::string detail;
};

template <class T>
using result = boost::system::result<T, error>;

// Found by Boost.System when value() is called on a result that holds an error: a bug, so it
// throws.
[[noreturn]] void throw_exception_from_error(const error& e, const boost::source_location& where);

}  // namespace tailrace
