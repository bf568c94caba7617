#include "api/pipeline.hpp"

#include "api/checked_body.hpp"
#include "api/endpoints.hpp"
#include "api/probes.hpp"
#include "api/server_timing.hpp"
#include "api/trace_ids.hpp"
#include "http/problem.hpp"

#include <optional>
#include <utility>

namespace tailrace::api {
namespace {

std::string_view route_name(const io::exchange& e) noexcept {
  return e.route < routes.size() ? routes[e.route].path : std::string_view("other");
}

bool is_probe(const io::exchange& e) noexcept {
  return e.route < routes.size() && routes[e.route].probe;
}

// Counts a request as in flight for as long as it lives.
class in_flight_mark {
 public:
  explicit in_flight_mark(metrics::http_cells& cells) noexcept : cells_(cells) {
    cells_.in_flight(1);
  }
  in_flight_mark(const in_flight_mark&) = delete;
  in_flight_mark& operator=(const in_flight_mark&) = delete;
  ~in_flight_mark() { cells_.in_flight(-1); }

 private:
  metrics::http_cells& cells_;
};

std::optional<metrics::rejection> rejection_of(errc code) noexcept {
  switch (code) {
    case errc::overloaded:
      return metrics::rejection::overload;
    case errc::queue_full:
      return metrics::rejection::queue;
    case errc::share_exceeded:
      return metrics::rejection::share;
    case errc::memory_exhausted:
      return metrics::rejection::memory;
    case errc::deadline_exceeded:
      return metrics::rejection::deadline;
    case errc::draining:
      return metrics::rejection::draining;
    case errc::too_many_requests:
      return metrics::rejection::client;
    default:
      return std::nullopt;
  }
}

// Whether an operator wants to read of it: refusals under load are counted, not written down.
bool is_worth_a_line(errc code) noexcept {
  return side_of(code) == side::us && !rejection_of(code);
}

}  // namespace

pipeline::pipeline(context& c) : context_(c) {}

bool pipeline::try_answer(io::exchange& e) {
  e.route = find_route(e.target.path, false);
  context_.thread.handler = route_name(e);
  if (is_probe(e) && allows(routes[e.route], e.head.method) &&
      e.head.method != http::method::options) {
    answer_probe(e.answer, routes[e.route].to, context_.process.ready);
    return true;
  }
  take_request_id(e);
  const auto routed = route_request(e);
  if (routed.has_error()) {
    refuse(e, routed.error());
    return true;
  }
  if (e.head.method != http::method::options) {
    const auto admitted = admit(e);
    if (admitted.has_value()) return work_at_once(e);
    refuse(e, admitted.error());
    return true;
  }
  e.answer.status = 204;
  e.answer.add("Allow", e.route == other_route ? "GET, HEAD, POST, OPTIONS"
                                               : allowed_methods(routes[e.route]));
  complete(e);
  return true;
}

// An upload is admitted, but not counted as work, while its body arrives: how long that takes is
// its client's choice. What it costs meanwhile is in the memory budget.
result<void> pipeline::admit(io::exchange& e) {
  auto permit = context_.process.requests.try_take(1);
  if (!permit) return error(errc::overloaded);
  if (e.forwarded) {
    auto of_client = context_.process.clients.try_take(io::client_address_of(*e.client));
    if (!of_client) return error(errc::too_many_requests);
    e.of_client = std::move(*of_client);
  }
  if (e.head.method != http::method::post) e.in_flight = std::move(*permit);
  return {};
}

// 404 and 405; "OPTIONS *" asks about the server as a whole.
result<void> pipeline::route_request(io::exchange& e) {
  if (e.route == other_route) {
    if (e.head.method == http::method::options && e.target.path == "*") return {};
    return error(errc::route_not_found, "no route " + std::string(e.target.path));
  }
  if (allows(routes[e.route], e.head.method)) return {};
  return error(errc::method_not_allowed,
               "allowed are " + std::string(allowed_methods(routes[e.route])));
}

bool pipeline::work_at_once(io::exchange& e) {
  if (routes[e.route].to != endpoint::hash || e.head.fields.find("content-digest")) return false;
  const in_flight_mark mark(context_.cells);
  const auto done = try_answer_hash(context_, e);
  if (!done) return false;
  if (done->has_error()) {
    refuse(e, done->error());
  } else {
    complete(e);
  }
  return true;
}

io::awaitable<void> pipeline::answer(io::exchange& e) {
  const auto done = co_await work(e);
  if (done.has_error()) {
    // What was called off fails in many ways; the reason is the one it was called off for.
    refuse(e, e.called_off.called_off() ? error(e.called_off.why()) : done.error());
    // If part of an answer is out already, its status is for the metrics alone.
    e.stream.abandon();
  } else if (!e.stream.begun()) {
    complete(e);
  }
}

io::awaitable<result<void>> pipeline::start_work(io::exchange& e) {
  switch (routes[e.route].to) {
    case endpoint::hash:
      return answer_hash(context_, e);
    case endpoint::batch:
      return answer_batch(context_, e);
    default:
      return answer_resize(context_, e);
  }
}

io::awaitable<result<void>> pipeline::work(io::exchange& e) {
  const in_flight_mark mark(context_.cells);
  io::byte_source& body = *e.body;
  auto checked = checked_body::make(body, e.head.fields);
  if (checked.has_error()) co_return checked.error();
  if (*checked) e.body = checked->get();
  auto working = start_work(e);
  auto done = co_await std::move(working);
  e.body = &body;
  co_return done;
}

void pipeline::refuse(io::exchange& e, const error& why) {
  if (e.request_id.empty()) take_request_id(e);
  e.failed = true;
  e.failure = why.code;
  context_.cells.failed(why.code);
  if (const auto rejection = rejection_of(why.code)) context_.cells.rejected(*rejection);
  if (is_worth_a_line(why.code)) {
    const auto trace = trace_ids::of(e, context_);
    context_.process.log.error("request failed", {{"code", name_of(why.code)},
                                                  {"detail", why.detail},
                                                  {"request_id", e.request_id},
                                                  {"trace_id", trace.trace()},
                                                  {"span_id", trace.span()}});
  }
  http::write_problem(e.answer, why, e.request_id);
  if (why.code == errc::method_not_allowed) e.answer.add("Allow", allowed_methods(routes[e.route]));
  complete(e);
}

void pipeline::finished(io::exchange& e, duration took, bool sent) {
  // A client that left before its answer was through: the answer's status is not what it saw.
  const unsigned status = sent ? e.answer.status : http::status_of(errc::client_gone);
  if (!sent && !e.failed) {
    e.failed = true;
    e.failure = errc::client_gone;
    context_.cells.failed(e.failure);
  }
  metrics::http_cells& cells = context_.cells;
  cells.request(e.route, static_cast<std::size_t>(e.head.method), status, took);
  // Behind what was made lies what it took to send it.
  if (e.answered_after > duration::zero() && sent)
    e.stages.add(stage::send, took - e.answered_after);
  cells.spent(e.stages);
  cells.received(metrics::peer::client, e.received_bytes);
  cells.sent(metrics::peer::client, e.sent_bytes);
  if (context_.process.log.wants_access(status, e.request_id, took))
    write_access_line(e, status, took);
}

void pipeline::write_access_line(io::exchange& e, unsigned status, duration took) {
  const trace_ids trace = trace_ids::of(e, context_);
  const std::string client = e.client ? e.client->to_string() : "unix";
  access_line line;
  line.request_id = e.request_id;
  line.client = client;
  line.method = e.head.method_text;
  line.target = e.head.target;
  line.route = route_name(e);
  line.status = status;
  if (e.failed) line.code = name_of(e.failure);
  line.received_bytes = e.received_bytes;
  line.sent_bytes = e.sent_bytes;
  line.spent = took;
  timing_.clear();
  append_server_timing(timing_, e.stages, took);
  line.timing = timing_;
  line.trace_id = trace.trace();
  line.span_id = trace.span();
  context_.process.log.access(line);
}

void pipeline::connections(int change) {
  context_.cells.connections(change);
}

void pipeline::busy(int change) {
  context_.cells.busy(change);
}

void pipeline::connections_full() {
  context_.cells.rejected(metrics::rejection::connections);
}

void pipeline::client_full() {
  context_.cells.rejected(metrics::rejection::client);
}

void pipeline::secured(io::handshake how) {
  // One value of the one for each of the other.
  static_assert(int(io::handshake::failed) == int(metrics::handshake::failed));
  static_assert(int(io::handshake::established) == int(metrics::handshake::ok));
  static_assert(int(io::handshake::resumed) == int(metrics::handshake::resumed));
  context_.cells.handshake(static_cast<metrics::handshake>(how));
}

void pipeline::broken(std::string_view what) noexcept {
  context_.process.log.error("a connection was given up", {{"what", what}});
}

void pipeline::take_request_id(io::exchange& e) {
  const http::field* sent = e.head.fields.find("x-request-id");
  if (sent != nullptr && is_request_id(sent->value)) {
    e.request_id = sent->value;
  } else {
    e.request_id.clear();
    context_.ids.append(e.request_id);
  }
}

// The fields that every answer but the probes' has.
void pipeline::complete(io::exchange& e) {
  context_.thread.handler = route_name(e);
  e.answer.add("X-Request-Id", e.request_id);
  e.answered_after = context_.thread.time.now() - e.started;
  timing_.clear();
  append_server_timing(timing_, e.stages, e.answered_after);
  e.answer.add("Server-Timing", timing_);
}

}  // namespace tailrace::api
