// An answer as a value, and its head in bytes. Objects are reused from request to request: clear()
// keeps their memory, so that a keep-alive request allocates nothing.
#pragma once
#include "core/body.hpp"
#include "http/head.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tailrace::http {

std::string_view reason_of(unsigned status) noexcept;  // RFC 9110 §15

class response {
 public:
  unsigned status = 200;
  std::string content_type;  // empty = no Content-Type
  std::string text;          // the body, unless `bytes` holds it
  body bytes;
  bool close = false;     // the connection must not be used again
  bool streamed = false;  // the body follows, of unknown length: chunked, if the client knows that

  // Adds a field line. Characters that could end the line become spaces, since values may stem
  // from an origin or a client.
  void add(std::string_view name, std::string_view value);

  std::string_view added() const noexcept { return added_; }
  std::span<const std::byte> content() const noexcept {
    return text.empty() ? bytes.bytes() : as_bytes(text);
  }
  void clear() noexcept;

 private:
  std::string added_;  // "Name: value\r\n"…
};

struct head_context {
  http::version version = version::http_1_1;  // of the request
  bool keep_alive = true;
  std::string_view date_line;  // "Date: " and an IMF-fixdate (RFC 9110 §5.6.7), with its CRLF
};

// Appends status line and header section to `out`. Content-Length is always sent, except with
// 1xx, 204, 304 and what is streamed; Connection only where it differs from the version's default.
void append_head(std::string& out, const response& r, const head_context& context);

}  // namespace tailrace::http
