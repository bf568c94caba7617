// The one place where an error becomes an answer: application/problem+json (RFC 9457).
#pragma once
#include "core/error.hpp"
#include "http/response.hpp"

#include <string_view>

namespace tailrace::http {

unsigned status_of(errc code) noexcept;

// Fills `into` (cleared first) with the problem. `instance` is the request id, or empty. Details
// of errors on our side stay out of the answer; 503, 429 and
// origin_suspended carry Retry-After.
void write_problem(response& into, const error& e, std::string_view instance);

}  // namespace tailrace::http
