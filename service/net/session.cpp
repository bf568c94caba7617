#include "net/session.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace tailrace::net {
namespace {

using namespace std::chrono_literals;
using boost::system::error_code;

// A body up to this size is sent together with its head: one buffer, one segment.
constexpr std::size_t joined_body_max = 4096;
// How long draining leaves idle connections open: the next request may be on its way already, and
// closing at once would lose it. Who sends within this time is answered with "Connection: close".
constexpr auto drain_idle_time = 500ms;
// After an early end, what the client still sends is read and thrown away this long, so that a
// reset does not destroy the answer on its way (RFC 9112 §9.6).
constexpr auto linger_time = 2s;
constexpr std::uint64_t linger_bytes_max = 8U << 20;
// A client that pipelines without pause lets others in after so many requests.
constexpr unsigned pipelined_max = 32;
// How soon it is noticed that the client of a request under way has gone: a request that takes long
// anyway is looked at less often, for thousands of them must not keep the thread busy.
constexpr duration watch_interval_min = 50ms;
constexpr duration watch_interval_max = 1s;

deadline next_look(time_point started, time_point now) noexcept {
  return deadline::after(now,
                         std::clamp((now - started) / 4, watch_interval_min, watch_interval_max));
}

// Room for what is received to be thrown away. Large, since of refused uploads that is much; one
// for all connections of a thread, since nobody looks at it.
std::span<std::byte> waste() noexcept {
  static thread_local std::array<std::byte, 64 << 10> room;
  return room;
}

}  // namespace

session::session(session_host& host, io::stream_socket socket)
    : member(host),
      inside_(host.thread.coroutines),
      host_(host),
      connection_(std::move(socket), host.thread.wheel, host.buffers),
      client_(host.edge, connection_.transport().socket()) {
  host_.handler.connections(1);
}

session::work::work(session& s)
    : body(s.connection_),
      stream(s.host_, s.connection_, exchange),
      exchange(body, stream),
      scanner(s.host_.limits.head),
      watch(s.host_.thread.wheel, s) {}

session::~session() {
  set_busy(false);
  host_.handler.connections(-1);
}

void session::set_busy(bool busy) {
  if (std::exchange(busy_, busy) != busy) host_.handler.busy(busy ? 1 : -1);
}

void session::drain() noexcept {
  if (busy_) return;
  const auto soon = deadline::after(host_.thread.wheel.now(), drain_idle_time);
  if (soon < connection_.armed_until()) connection_.arm(soon);
}

void session::cut() noexcept {
  if (work_) work_->exchange.called_off.call_off(errc::draining);
}

io::awaitable<void> session::run(std::unique_ptr<session> self) {
  session& s = *self;
  try {
    next then = co_await s.begin();
    while (then != next::end) {
      if (then == next::receive) {
        error_code ec;
        const std::size_t n = co_await s.connection_.fill(ec);
        if (s.connection_.resting()) {
          s.work_.reset();
          co_await s.connection_.rest(ec);
          if (!ec) continue;
        }
        then = s.received(n, ec);
        continue;
      }
      // What has arrived whole and needs no waiting is answered without another coroutine.
      const bool answered = then == next::refuse || s.answer_at_once();
      if (!answered) co_await s.answer();
      if (s.work_->stream.begun()) {
        co_await s.end_stream();
      } else if (!s.send_at_once()) {
        co_await s.send_rest();
      }
      s.finish();
      if (s.keep_ && !s.work_->body.complete()) co_await s.skip_body();
      if (!s.keep_) break;
      if (++s.served_without_waiting_ > pipelined_max) {
        s.served_without_waiting_ = 0;
        co_await boost::asio::post(io::use_awaitable);
      }
      s.await_request();
      then = s.take_head();
    }
    co_await s.end();
  } catch (const std::exception& e) {
    s.host_.handler.broken(e.what());
  }
}

io::awaitable<void> session::end() {
  if (unread_) {
    co_await linger();
  } else {
    connection_.shutdown_send(true);
  }
}

io::awaitable<session::next> session::begin() {
  connection_.arm(deadline::after(host_.thread.wheel.now(), host_.limits.header_timeout));
  const greeted how = co_await greet(host_, connection_, client_, permit_);
  if (how == greeted::unwanted) co_return next::end;
  if (how == greeted::plain_http) {
    refuse(error(errc::bad_request, "plain HTTP was sent to a TLS port"));
    co_return next::refuse;
  }
  await_request();
  co_return next::receive;
}

void session::await_request() {
  if (work_) {
    work_->scanner.reset();
    work_->exchange.clear();
  }
  set_busy(!connection_.pending().empty());  // the client pipelines
  duration patience = host_.draining() ? duration(drain_idle_time) : host_.limits.idle_timeout;
  if (busy_) patience = host_.limits.header_timeout;
  connection_.arm(deadline::after(host_.thread.wheel.now(), patience));
}

// Looks for a whole head in what is pending.
session::next session::take_head() {
  if (connection_.pending().empty()) return next::receive;
  const auto found = work_->scanner.scan(connection_.pending());
  if (found.has_error()) {
    refuse(found.error());
    return next::refuse;
  }
  if (!*found) return next::receive;
  connection_.disarm();
  work_->head_bytes.assign(connection_.pending().substr(0, **found));
  connection_.consume(**found);
  return understand() ? next::serve : next::refuse;
}

session::next session::received(std::size_t n, const error_code& ec) {
  const auto header_time = deadline::after(host_.thread.wheel.now(), host_.limits.header_timeout);
  if (n == 0 && connection_.late()) {
    if (work_ && work_->scanner.begun()) {
      refuse(error(errc::request_timeout, "the header section arrives too slowly"));
      return next::refuse;
    }
    // A request that arrived in the last moment is a request all the same.
    error_code failed;
    const bool arrived = connection_.transport().socket().available(failed) > 0 && !failed;
    if (!arrived) return next::end;
    connection_.arm(header_time);
    return next::receive;
  }
  if (ec || n == 0) return next::end;
  served_without_waiting_ = 0;
  if (!work_) work_ = std::make_unique<work>(*this);
  if (!busy_) {
    set_busy(true);
    connection_.arm(header_time);
  }
  return take_head();
}

// False when the head is refused; the answer is then made.
bool session::understand() {
  start_exchange();
  const std::string_view head = std::string_view(work_->head_bytes).substr(work_->scanner.start());
  const auto parsed = http::parse_head(head, work_->exchange.head);
  if (parsed.has_error()) {
    refuse(parsed.error());
    return false;
  }
  const auto framed = http::frame_request(work_->exchange.head);
  if (framed.has_error()) {
    refuse(framed.error());
    return false;
  }
  work_->framing = *framed;
  const rate_credit rate(host_.limits.rate_grace, host_.limits.rate_min_bytes_per_s);
  work_->body.begin(work_->framing, rate, work_->exchange.body_until, work_->exchange.called_off);
  const unsigned most = host_.limits.requests_per_connection_max;
  work_->stream.reset(work_->framing.keep_alive && (most == 0 || served_ + 1 < most));
  work_->exchange.target = http::split_target(work_->exchange.head.target);
  if (auto forwarded = client_.forwarded(work_->exchange.head.fields)) {
    work_->exchange.client = std::move(forwarded);
    work_->exchange.forwarded = true;
  }
  return true;
}

void session::start_exchange() {
  work_->exchange.started = host_.thread.time.now();
  work_->exchange.until = deadline::after(work_->exchange.started, host_.limits.request_timeout);
  work_->exchange.client = client_.address();
  work_->exchange.forwarded = false;
  if (host_.cutting()) cut();
}

// Makes the answer to what never became a request.
void session::refuse(const error& why) {
  if (!work_) work_ = std::make_unique<work>(*this);
  start_exchange();
  work_->stream.reset(false);
  host_.handler.refuse(work_->exchange, why);
  keep_ = false;
  unread_ = true;
}

bool session::answer_at_once() {
  bool failed = false;
  try {
    if (!host_.handler.try_answer(work_->exchange)) return false;
  } catch (const std::exception& e) {
    failed = true;
    host_.handler.refuse(work_->exchange, error(errc::internal, e.what()));
  }
  settle(failed);
  return true;
}

io::awaitable<void> session::answer() {
  work_->watch.arm(deadline::after(host_.thread.wheel.now(), watch_interval_min));
  bool failed = false;
  try {
    co_await host_.handler.answer(work_->exchange);
  } catch (const std::exception& e) {
    failed = true;
    work_->stream.abandon();
    host_.handler.refuse(work_->exchange, error(errc::internal, e.what()));
  }
  work_->watch.disarm();
  settle(failed);
}

// Whether the connection goes on after this answer.
void session::settle(bool failed) {
  const unsigned most = host_.limits.requests_per_connection_max;
  const bool last = ++served_ >= most && most > 0;
  if (work_->body.worth_skipping()) work_->body.skip_received();
  const bool settled = work_->body.complete() || work_->body.worth_skipping();
  // A streamed answer that began before the drain has promised another one: that says "close".
  const bool draining = host_.draining() && !work_->stream.begun();
  keep_ = work_->framing.keep_alive && !work_->exchange.answer.close && !draining && settled &&
          !failed && !last;
  // Closing with something unread makes the kernel reset the connection, and the answer may be
  // lost.
  unread_ = !keep_ && (!work_->body.complete() || connection_.holds_input());
}

// A client that has ended its side after the whole request counts as gone, as it does for most
// servers: nearly always it is. While its body may still come only a dead connection counts.
void session::look_for_client() noexcept {
  const net::transport& t = connection_.transport();
  const bool over = work_->body.complete() || work_->body.failed();
  const bool gone = over ? t.ended_by_peer() : t.broken();
  if (gone) {
    work_->exchange.called_off.call_off(errc::client_gone);
  } else {
    work_->watch.arm(next_look(work_->exchange.started, host_.thread.wheel.now()));
  }
}

// True when nothing is left to send.
bool session::send_at_once() {
  const http::response& r = work_->exchange.answer;
  sent_ = false;
  if (work_->exchange.failed && work_->exchange.failure == errc::client_gone) {
    keep_ = unread_ = false;
    return true;
  }
  work_->content = r.content();
  if (work_->exchange.head.method == http::method::head) work_->content = {};
  const http::head_context context{work_->exchange.head.version, keep_, host_.date.line()};
  work_->out.clear();
  http::append_head(work_->out, r, context);
  if (work_->content.size() <= joined_body_max) {
    work_->out.append(as_text(work_->content));
    work_->content = {};
  }
  error_code ec;
  work_->out_sent = connection_.write_now(work_->out, work_->content, ec);
  sent_ = !ec;
  if (ec) keep_ = unread_ = false;
  return ec || work_->out_sent == work_->out.size() + work_->content.size();
}

io::awaitable<void> session::send_rest() {
  const std::size_t of_head = std::min(work_->out_sent, work_->out.size());
  const auto head = std::string_view(work_->out).substr(of_head);
  const auto content = work_->content.subspan(work_->out_sent - of_head);
  rate_credit rate(host_.limits.rate_grace, host_.limits.rate_min_bytes_per_s);
  error_code ec;
  co_await connection_.write(head, content, rate, ec);
  sent_ = !ec;
  if (ec) keep_ = unread_ = false;
}

io::awaitable<void> session::end_stream() {
  sent_ = co_await work_->stream.finish();
  keep_ = keep_ && work_->stream.keeps_connection();
  unread_ = !keep_ && sent_ && (!work_->body.complete() || connection_.holds_input());
}

void session::finish() {
  set_busy(false);
  work_->exchange.received_bytes = connection_.received() - received_before_;
  work_->exchange.sent_bytes = connection_.sent() - sent_before_;
  received_before_ = connection_.received();
  sent_before_ = connection_.sent();
  host_.handler.finished(work_->exchange, host_.thread.time.now() - work_->exchange.started, sent_);
  work_->exchange.answer.bytes = body();
  work_->exchange.release();
}

// Reads the rest of a body that the handler did not want, to keep the connection.
io::awaitable<void> session::skip_body() {
  while (keep_ && !work_->body.complete()) {
    const auto n = co_await work_->body.read_some(waste());
    if (n.has_error() || !work_->body.worth_skipping()) {
      keep_ = false;
      unread_ = true;
    }
  }
}

io::awaitable<void> session::linger() {
  connection_.shutdown_send();
  const std::uint64_t most = connection_.received() + linger_bytes_max;
  connection_.arm(deadline::after(host_.thread.wheel.now(), linger_time));
  error_code ec;
  while (connection_.received() < most) {
    const std::size_t n = co_await connection_.read_some(waste(), ec);
    if (ec || n == 0) break;
  }
  connection_.disarm();
}

}  // namespace tailrace::net
