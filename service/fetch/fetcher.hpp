// The seam between the request pipeline and the upstream side: a source URL in, its bytes over
// time out. One fetcher per I/O thread; all calls on that thread.
#pragma once
#include "core/deadline.hpp"
#include "core/error.hpp"
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
  std::string traceparent;      // forwarded when not empty
  std::string via;              // the Via field (RFC 9110 §7.6.3), by which loops are seen
  // Asked with, where not empty; an origin that says 304 to them gives a source without a body.
  std::string if_none_match;
  std::string if_modified_since;
  io::cancellation* called_off = nullptr;  // ends every wait; outlives the source
};

// How long each step took; zero for a step that was not needed (a pooled connection).
struct timings {
  duration dns{};
  duration connect{};
  duration tls{};
  duration wait{};  // from the request sent to the answer's head
};

// An origin's successful answer, its body not yet read. Destroying it before the end closes the
// connection; read to the end, the connection goes back to the pool.
class source : public io::byte_source {
 public:
  const std::string& content_type() const noexcept { return content_type_; }
  const std::string& etag() const noexcept { return etag_; }
  const std::string& last_modified() const noexcept { return last_modified_; }
  const std::string& cache_control() const noexcept { return cache_control_; }
  const timings& spent() const noexcept { return spent_; }

  // The origin's answer was 304: what the request was asked with is still so. There is no body.
  bool not_modified() const noexcept { return not_modified_; }

 protected:
  std::string content_type_;
  std::string etag_;
  std::string last_modified_;
  std::string cache_control_;
  bool not_modified_ = false;
  timings spent_;
};

class fetcher {
 public:
  virtual ~fetcher() = default;

  // Succeeds when the origin has answered 200, or 304 if it was asked, and its head is in.
  // Everything else is an error: bad_url, source_refused, source_not_found (404, 410),
  // body_too_large (announced already), origin_unreachable, origin_dns, origin_tls,
  // origin_bad_response, origin_failed (any other status), origin_timeout; origin_busy and
  // origin_suspended before it was asked. client_gone when called off.
  virtual io::awaitable<result<std::unique_ptr<source>>> open(request r) = 0;
};

}  // namespace tailrace::fetch
