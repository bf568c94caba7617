// Where a message's body ends and whether the connection lives on: RFC 9112 §6 and §9, stricter
// than the RFC wherever two readers could disagree (request and response smuggling). Checked here
// on the fields as received, since the Beast of Boost 1.81 to 1.88 is lax. Pure.
#pragma once
#include "core/error.hpp"
#include "http/head.hpp"

#include <cstdint>

namespace tailrace::http {

enum class body_kind : std::uint8_t { none, length, chunked, until_close };

struct framing {
  body_kind kind = body_kind::none;
  std::uint64_t length = 0;  // bytes, for body_kind::length
  bool keep_alive = false;
  bool expect_continue = false;
};

// Refused with errc::bad_request: Content-Length together with Transfer-Encoding, repeated or
// list-valued or signed or zero-padded or overflowing Content-Length, any Transfer-Encoding that
// is not exactly one "chunked", Transfer-Encoding in HTTP/1.0; a missing, repeated or malformed
// Host, also where an absolute target makes it meaningless; a target that is neither a path nor an
// http URL with a host, and a fragment in it. errc::expectation_failed for any Expect but
// 100-continue.
// After an error the connection must be closed: nothing behind this head can be trusted.
result<framing> frame_request(const request_head& head);

// The same rules for an origin's answer to a GET; errc::origin_bad_response. 1xx, 204 and 304
// have no body and may not announce one.
result<framing> frame_response(const response_head& head);

}  // namespace tailrace::http
