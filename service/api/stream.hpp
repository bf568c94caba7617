// What a streamed answer says of itself before its first byte. Its stages are not known by then: it
// has no Server-Timing.
#pragma once
#include "io/exchange.hpp"

#include <string_view>

namespace tailrace::api {

inline void announce_stream(io::exchange& e, std::string_view content_type) {
  e.answer.content_type = content_type;
  e.answer.add("X-Request-Id", e.request_id);
}

}  // namespace tailrace::api
