// What an origin's response head means for a fetch. Pure.
#pragma once
#include "core/error.hpp"
#include "fetch/url.hpp"
#include "http/framing.hpp"
#include "http/head.hpp"

#include <cstdint>
#include <optional>

namespace tailrace::fetch {

// Nothing: the body of a 200 follows and is wanted. A URL: the answer is elsewhere. Errors:
//   source_not_found     404, 410
//   origin_failed        any other status, a redirect without Location or one too many
//   origin_bad_response  a content coding that was not asked for, an unusable Location
//   body_too_large       announced already; `bytes_max` 0 is no limit
//   source_refused       a redirect from https to http, or to local files
// `redirects_left` is how many more may be followed. `conditional`: a 304 is an answer too, and has
// no body.
result<std::optional<url>> judge_answer(const http::response_head& head,
                                        const http::framing& framing, const url& asked,
                                        std::uint64_t bytes_max, unsigned redirects_left,
                                        std::size_t url_bytes_max, bool conditional = false);

}  // namespace tailrace::fetch
