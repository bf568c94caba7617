// The seam between the request pipeline and the upstream side: a source URL in, its bytes over
// time out. One fetcher per I/O thread; all calls on that thread.
#pragma once
#include "core/deadline.hpp"
#include "core/error.hpp"
#include "fetch/progress.hpp"
#include "io/byte_source.hpp"
#include "io/cancellation.hpp"
#include "io/types.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tailrace::fetch {

struct request {
  explicit request(std::string u) : url(std::move(u)) {}

  std::string url;              // http, https or local, as the client wrote it
  deadline until;               // of the whole fetch, body included
  std::uint64_t bytes_max = 0;  // 0 = no limit; more is errc::body_too_large
  // The trace context (W3C) that origins get, where not empty.
  std::string traceparent;
  std::string tracestate;
  std::string via;  // the Via field (RFC 9110 §7.6.3), by which loops are seen
  // Asked with, where not empty; an origin that says 304 to them gives a source without a body.
  std::string if_none_match;
  std::string if_modified_since;
  io::cancellation* called_off = nullptr;  // ends every wait; outlives the source
  // Told of each step until open() ends, which it outlives. Unless null.
  progress* steps = nullptr;
};

// What the head of an origin's successful answer said; empty where it said nothing.
struct source_head {
  std::string content_type;
  std::string etag;
  std::string last_modified;
  std::string cache_control;
  // The origin's answer was 304: what the request was asked with is still so. There is no body.
  bool not_modified = false;
  std::optional<std::uint64_t> size;  // in bytes, when it was announced
};

// An origin's successful answer, its body not yet read. Destroying it before the end closes the
// connection; read to the end, the connection goes back to the pool.
class source : public io::byte_source {
 public:
  const source_head& head() const noexcept { return head_; }
  std::optional<std::uint64_t> size() const noexcept final { return head_.size; }

  // All of the body is here already: reading it will not wait.
  virtual bool is_whole() const noexcept { return false; }

  // From now on it is read for somebody else: ends at `until`, or when called off. Not while it is
  // being read.
  virtual void serve(deadline until, io::cancellation* called_off) noexcept = 0;

 protected:
  source_head head_;
};

class fetcher {
 public:
  virtual ~fetcher() = default;

  // Succeeds when the origin has answered 200, or 304 if it was asked, and its head is in.
  // Everything else is an error: bad_url, source_refused, source_not_found (404, 410),
  // body_too_large (announced already), origin_unreachable, origin_dns, origin_tls,
  // origin_bad_response, origin_failed (any other status), origin_timeout; origin_busy and
  // origin_suspended before it was asked. client_gone when called off. `r` must stay until then.
  virtual io::awaitable<result<std::unique_ptr<source>>> open(const request& r) = 0;
};

}  // namespace tailrace::fetch
