// One request and its answer, as seen by whoever handles it. net/ makes exchanges and sends the
// answers; api/ fills them. Everything belongs to one I/O thread.
#pragma once
#include "admission/budget.hpp"
#include "admission/client_limit.hpp"
#include "core/deadline.hpp"
#include "core/stage.hpp"
#include "http/head.hpp"
#include "http/query.hpp"
#include "http/response.hpp"
#include "io/answer_stream.hpp"
#include "io/byte_source.hpp"
#include "io/cancellation.hpp"
#include "io/network.hpp"
#include "io/types.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace tailrace::io {

struct exchange {
  exchange(byte_source& b, answer_stream& s) noexcept : body(&b), stream(s) {}
  exchange(const exchange&) = delete;
  exchange& operator=(const exchange&) = delete;

  // The request. Views stay valid until the answer has been sent.
  http::request_head head;
  http::target target;
  byte_source* body;  // never null; the handler may put another one before it while it works
  std::string request_id;
  time_point started;   // when the head was complete
  deadline until;       // of the whole exchange; streams have rate limits instead
  deadline body_until;  // of receiving the body, besides its minimum rate; the handler may set it
  cancellation called_off;        // nobody wants the answer any more, or it can no longer be given
  std::optional<address> client;  // none: it came through a Unix socket
  bool forwarded = false;         // `client` stands behind a trusted proxy

  // The answer; the handler fills it, or sends it through the stream.
  http::response answer;
  answer_stream& stream;

  // Held until the answer has been sent.
  admission::budget::permit in_flight;
  admission::client_limit::permit of_client;
  admission::budget::permit memory;  // for answer.bytes

  // For metrics and the access log; the handler fills them.
  static constexpr std::size_t no_route = std::numeric_limits<std::size_t>::max();
  std::size_t route = no_route;
  stage_times stages;
  duration answered_after{};      // when the answer was made; zero: it was streamed, or a probe's
  std::uint64_t span = 0;         // what origins are told of us where there is a trace; 0 = nothing
  errc failure = errc::internal;  // why, when the answer is a problem
  bool failed = false;
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;

  void clear() {
    called_off.renew();
    head.clear();
    target = {};
    request_id.clear();
    answer.clear();
    stages.clear();
    until = body_until = deadline{};
    release();
    failed = false;
    answered_after = {};
    span = 0;
    route = no_route;
  }

  void release() noexcept {
    in_flight.release();
    of_client.release();
    memory.release();
  }
};

enum class handshake : std::uint8_t { failed, established, resumed };

class handler {
 public:
  virtual ~handler() = default;

  // Answers at once what needs no waiting (probes, refusals) and returns true; false means that
  // answer() has to be awaited. Spares the smallest requests a coroutine.
  virtual bool try_answer(exchange& e) = 0;

  // Fills e.answer. Errors are answers too; an exception is a bug and becomes a 500.
  virtual awaitable<void> answer(exchange& e) = 0;

  // Fills e.answer for a request that never reached a route: broken framing, too slow.
  virtual void refuse(exchange& e, const error& why) = 0;

  // The answer is sent; or `sent` is false, and the client did not take it. For metrics and the
  // access log.
  virtual void finished(exchange& e, duration took, bool sent) = 0;

  // A connection was opened (+1) or closed (-1).
  virtual void connections(int change) = 0;

  // A connection's request began to arrive (+1), or is over (-1).
  virtual void busy(int change) = 0;

  // Accepting pauses because connections-max are open.
  virtual void connections_full() = 0;

  // A connection was closed because its client has too many.
  virtual void client_full() = 0;

  // A TLS handshake came to an end.
  virtual void secured(handshake how) = 0;

  // An exception left a session or listener: a bug, or no memory.
  virtual void broken(std::string_view what) noexcept = 0;
};

}  // namespace tailrace::io
