// One attempt at an origin: what it says about the origin, and whether another one may help. Pure.
#pragma once
#include "core/error.hpp"
#include "fetch/breaker.hpp"
#include "fetch/stats.hpp"
#include "http/head.hpp"

#include <optional>

namespace tailrace::fetch {

struct attempt {
  static constexpr unsigned most = 3;  // for one request

  bool reused = false;      // on a kept connection
  bool unanswered = false;  // the connection ended without a byte of an answer

  // The origin closed a kept connection just as we began.
  bool stale() const noexcept { return reused && unanswered; }
};

// `failed` is empty when the head of an answer came: any shows that the origin is there, 5xx ones
// too. What the request's own deadline cut short (`out_of_time`) is not held against the origin:
// else anybody could shut it off for all.
breaker::verdict verdict_of(std::optional<errc> failed, const attempt& a,
                            bool out_of_time) noexcept;

// Why a GET may be sent once more after that failure; timeouts are not among it, since another
// attempt would take as long.
std::optional<retry> retry_after(errc failed, const attempt& a) noexcept;

// Why it may be after this answer: another server behind the same name may do better. Not when the
// origin says when to come back.
std::optional<retry> retry_after(const http::response_head& head) noexcept;

}  // namespace tailrace::fetch
