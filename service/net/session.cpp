#include "net/session.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tailrace::net {
namespace {

using namespace std::chrono_literals;
using boost::system::error_code;

// A body up to this size is sent together with its head: one buffer, one segment.
constexpr std::size_t joined_body_max = 4096;
// Strings of an idle connection that hold more are given back.
constexpr std::size_t idle_capacity_max = 1024;
// How long draining leaves idle connections open: the next request may be on its way already, and
// closing at once would lose it. Who sends within this time is answered with "Connection: close".
constexpr auto drain_idle_time = 500ms;
// After an early end, what the client still sends is read and thrown away this long, so that a
// reset does not destroy the answer on its way (RFC 9112 §9.6).
constexpr auto linger_time = 2s;
constexpr std::uint64_t linger_bytes_max = 8U << 20;
// A client that pipelines without pause lets others in after so many requests.
constexpr unsigned pipelined_max = 32;
// How soon it is noticed that the client of a request under way has gone.
constexpr auto watch_interval = 50ms;

}  // namespace

session::session(session_host& host, io::stream_socket socket)
    : member(host),
      inside_(host.thread.coroutines),
      host_(host),
      connection_(std::move(socket), host.thread.wheel, host.buffers),
      client_(host.edge, connection_.transport().socket()),
      body_(connection_),
      exchange_(body_),
      watch_(host.thread.wheel, *this),
      scanner_(host.limits.head) {
  host_.handler.connections(1);
}

session::~session() {
  host_.handler.connections(-1);
}

void session::drain() noexcept {
  if (busy_) return;
  const auto soon = deadline::after(host_.thread.wheel.now(), drain_idle_time);
  if (soon < connection_.armed_until()) connection_.arm(soon);
}

void session::cut() noexcept {
  exchange_.called_off.call_off(errc::draining);
}

io::awaitable<void> session::run(std::unique_ptr<session> self) {
  io::handler& handler = self->host_.handler;
  try {
    auto serving = self->serve();
    co_await std::move(serving);
  } catch (const std::exception& e) {
    handler.broken(e.what());
  }
}

// A request that has arrived whole and needs no waiting is served without another coroutine.
io::awaitable<void> session::serve() {
  next then = co_await begin();
  while (then != next::end) {
    if (then == next::receive) {
      error_code ec;
      const std::size_t n = co_await connection_.fill(ec);
      then = received(n, ec);
      continue;
    }
    if (then == next::refuse || answer_at_once()) {
      if (!send_at_once()) co_await send_rest();
      finish();
      if (keep_ && !body_.complete()) co_await skip_body();
    } else {
      co_await serve_one();
    }
    if (!keep_) break;
    if (++served_without_waiting_ > pipelined_max) {
      served_without_waiting_ = 0;
      co_await boost::asio::post(io::use_awaitable);
    }
    await_request();
    then = take_head();
  }
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
  scanner_.reset();
  exchange_.clear();
  busy_ = !connection_.pending().empty();  // the client pipelines
  duration patience = host_.draining() ? duration(drain_idle_time) : host_.limits.idle_timeout;
  if (busy_) patience = host_.limits.header_timeout;
  connection_.arm(deadline::after(host_.thread.wheel.now(), patience));
}

// Looks for a whole head in what is pending.
session::next session::take_head() {
  if (connection_.pending().empty()) {
    release_memory();
    return next::receive;
  }
  const auto found = scanner_.scan(connection_.pending());
  if (found.has_error()) {
    refuse(found.error());
    return next::refuse;
  }
  if (!*found) return next::receive;
  connection_.disarm();
  head_bytes_.assign(connection_.pending().substr(0, **found));
  connection_.consume(**found);
  return understand() ? next::serve : next::refuse;
}

session::next session::received(std::size_t n, const error_code& ec) {
  const auto header_time = deadline::after(host_.thread.wheel.now(), host_.limits.header_timeout);
  if (connection_.late()) {
    if (scanner_.begun()) {
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
  if (!busy_) {
    busy_ = true;
    connection_.arm(header_time);
  }
  return take_head();
}

// False when the head is refused; the answer is then made.
bool session::understand() {
  start_exchange();
  const std::string_view head = std::string_view(head_bytes_).substr(scanner_.start());
  const auto parsed = http::parse_head(head, exchange_.head);
  if (parsed.has_error()) {
    refuse(parsed.error());
    return false;
  }
  const auto framed = http::frame_request(exchange_.head);
  if (framed.has_error()) {
    refuse(framed.error());
    return false;
  }
  framing_ = *framed;
  const rate_credit rate(host_.limits.rate_grace, host_.limits.rate_min_bytes_per_s);
  body_.begin(framing_, rate, exchange_.body_until);
  exchange_.target = http::split_target(exchange_.head.target);
  if (auto forwarded = client_.forwarded(exchange_.head.fields)) {
    exchange_.client = std::move(forwarded);
    exchange_.forwarded = true;
  }
  return true;
}

void session::start_exchange() {
  exchange_.started = host_.thread.time.now();
  exchange_.until = deadline::after(exchange_.started, host_.limits.request_timeout);
  exchange_.client = client_.address();
  exchange_.forwarded = false;
}

// Makes the answer to what never became a request.
void session::refuse(const error& why) {
  start_exchange();
  host_.handler.refuse(exchange_, why);
  keep_ = false;
  unread_ = true;
}

bool session::answer_at_once() {
  bool failed = false;
  try {
    if (!host_.handler.try_answer(exchange_)) return false;
  } catch (const std::exception& e) {
    failed = true;
    host_.handler.refuse(exchange_, error(errc::internal, e.what()));
  }
  settle(failed);
  return true;
}

io::awaitable<void> session::serve_one() {
  watch_.arm(deadline::after(host_.thread.wheel.now(), watch_interval));
  bool failed = false;
  try {
    co_await host_.handler.answer(exchange_);
  } catch (const std::exception& e) {
    failed = true;
    host_.handler.refuse(exchange_, error(errc::internal, e.what()));
  }
  watch_.disarm();
  settle(failed);
  if (!send_at_once()) co_await send_rest();
  finish();
  if (keep_ && !body_.complete()) co_await skip_body();
}

// Whether the connection goes on after this answer.
void session::settle(bool failed) {
  const unsigned most = host_.limits.requests_per_connection_max;
  const bool last = ++served_ >= most && most > 0;
  if (body_.worth_skipping()) body_.skip_received();
  const bool settled = body_.complete() || body_.worth_skipping();
  keep_ = framing_.keep_alive && !exchange_.answer.close && !host_.draining() && settled &&
          !failed && !last;
  unread_ = !body_.complete() && !keep_;
}

// A client that has ended its side after the whole request counts as gone, as it does for most
// servers: nearly always it is. While its body is still expected only a dead connection counts.
void session::look_for_client() noexcept {
  const net::transport& t = connection_.transport();
  const bool gone = body_.complete() ? t.ended_by_peer() : t.broken();
  if (gone) {
    exchange_.called_off.call_off(errc::client_gone);
  } else {
    watch_.arm(deadline::after(host_.thread.wheel.now(), watch_interval));
  }
}

// True when nothing is left to send.
bool session::send_at_once() {
  const http::response& r = exchange_.answer;
  sent_ = false;
  if (exchange_.failed && exchange_.failure == errc::client_gone) {
    keep_ = unread_ = false;
    return true;
  }
  content_ = r.content();
  if (exchange_.head.method == http::method::head) content_ = {};
  const http::head_context context{exchange_.head.version, keep_, host_.date.now()};
  out_.clear();
  http::append_head(out_, r, context);
  if (content_.size() <= joined_body_max) {
    out_.append(as_text(content_));
    content_ = {};
  }
  error_code ec;
  out_sent_ = connection_.write_now(out_, content_, ec);
  sent_ = !ec;
  if (ec) keep_ = unread_ = false;
  return ec || out_sent_ == out_.size() + content_.size();
}

io::awaitable<void> session::send_rest() {
  const std::size_t of_head = std::min(out_sent_, out_.size());
  const auto head = std::string_view(out_).substr(of_head);
  const auto content = content_.subspan(out_sent_ - of_head);
  const rate_credit rate(host_.limits.rate_grace, host_.limits.rate_min_bytes_per_s);
  error_code ec;
  co_await connection_.write(head, content, rate, ec);
  sent_ = !ec;
  if (ec) keep_ = unread_ = false;
}

void session::finish() {
  busy_ = false;
  exchange_.received_bytes = connection_.received() - received_before_;
  exchange_.sent_bytes = connection_.sent() - sent_before_;
  received_before_ = connection_.received();
  sent_before_ = connection_.sent();
  host_.handler.finished(exchange_, host_.thread.time.now() - exchange_.started, sent_);
  exchange_.answer.bytes = body();
  exchange_.release();
}

// An idle connection keeps no buffer, and of its strings not what one large request left behind.
void session::release_memory() {
  connection_.release_buffer();
  for (std::string* s : {&head_bytes_, &out_, &exchange_.answer.text})
    if (s->capacity() > idle_capacity_max) *s = std::string();
}

// Reads the small rest of a body that the handler did not want, to keep the connection.
io::awaitable<void> session::skip_body() {
  std::array<std::byte, 2048> waste;
  while (keep_ && !body_.complete()) {
    const auto n = co_await body_.read_some(waste);
    if (n.has_error() || !body_.worth_skipping()) {
      keep_ = false;
      unread_ = true;
    }
  }
}

io::awaitable<void> session::linger() {
  connection_.shutdown_send();
  std::array<std::byte, 4096> waste;
  const std::uint64_t most = connection_.received() + linger_bytes_max;
  connection_.arm(deadline::after(host_.thread.wheel.now(), linger_time));
  error_code ec;
  while (connection_.received() < most) {
    const std::size_t n = co_await connection_.read_some(waste, ec);
    if (ec || n == 0) break;
  }
  connection_.disarm();
}

}  // namespace tailrace::net
