// The one place where an error becomes an answer: application/problem+json (RFC 9457).
#pragma once
#include "core/error.hpp"
#include "http/response.hpp"

#include <string_view>

namespace tailrace::http {

unsigned status_of(errc code) noexcept;

// Appends the problem as a JSON object; `instance` is the request id, or empty. Details of errors
// on our side stay out of it.
void append_problem(std::string& out, const error& e, std::string_view instance);

// Fills `into` (cleared first) with the problem; 503, 429 and origin_suspended carry
// Retry-After.
void write_problem(response& into, const error& e, std::string_view instance);

}  // namespace tailrace::http
