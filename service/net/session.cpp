#include "net/session.hpp"

#include "net/forwarded.hpp"
#include "net/listen_address.hpp"
#include "net/proxy_protocol.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

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
      body_(connection_),
      exchange_(body_),
      watch_(host.thread.wheel, *this),
      scanner_(host.limits.head) {
  error_code ignored;
  const auto peer = connection_.transport().socket().remote_endpoint(ignored);
  if (const auto tcp = tcp_endpoint_of(peer)) client_ = io::unmapped(tcp->address());
  trusted_ = !client_ || io::any_contains(host_.edge.trusted_proxies, *client_);
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

io::awaitable<void> session::serve() {
  bool going = co_await begin();
  while (going) {
    going = co_await receive_head();
    if (!going) break;
    co_await serve_one();
    going = keep_;
  }
  if (unread_) {
    co_await linger();
  } else {
    connection_.shutdown_send(true);
  }
}

// What comes before HTTP: who the client is, whether it may have one more connection, TLS. False
// when the connection is to end.
io::awaitable<bool> session::begin() {
  connection_.arm(deadline::after(host_.thread.wheel.now(), host_.limits.header_timeout));
  if (trusted_ && host_.edge.proxy_protocol) {
    const bool learnt = co_await learn_client();
    if (!learnt) co_return false;
  }
  if (!admit_client()) co_return false;
  if (!host_.tls) co_return true;
  co_return co_await secure();
}

io::awaitable<bool> session::learn_client() {
  const auto named = co_await receive_proxy_header(connection_);
  if (named.has_error()) {
    if (named.error().code == errc::bad_request) host_.handler.broken(named.error().detail);
    co_return false;
  }
  if (*named) {
    client_ = **named;
    trusted_ = io::any_contains(host_.edge.trusted_proxies, *client_);
  }
  co_return true;
}

// A trusted proxy brings many clients; they are counted by request.
bool session::admit_client() {
  if (trusted_ || !client_) return true;
  auto permit = host_.edge.clients.try_take(io::widened(*client_).to_bytes());
  if (!permit) {
    host_.handler.client_full();
    return false;
  }
  of_client_ = std::move(*permit);
  return true;
}

io::awaitable<bool> session::secure() {
  const tls_context context = host_.tls;
  error_code ec;
  co_await connection_.secure(*context, ec);
  host_.handler.secured(!ec);
  if (!ec) co_return true;
  if (connection_.met_plain_http()) {
    const error why(errc::bad_request, "plain HTTP was sent to a TLS port");
    co_await refuse(why);
  }
  co_return false;
}

// False when the connection is to end.
io::awaitable<bool> session::receive_head() {
  const session_limits& limits = host_.limits;
  scanner_.reset();
  exchange_.clear();
  busy_ = !connection_.pending().empty();  // the client pipelines
  const time_point waiting_since = host_.thread.wheel.now();
  duration patience = host_.draining() ? duration(drain_idle_time) : limits.idle_timeout;
  if (busy_) patience = limits.header_timeout;
  connection_.arm(deadline::after(waiting_since, patience));
  for (;;) {
    if (!connection_.pending().empty()) {
      const auto found = scanner_.scan(connection_.pending());
      if (found.has_error()) {
        const error why = found.error();
        co_await refuse(why);
        co_return false;
      }
      if (*found) {
        connection_.disarm();
        head_bytes_.assign(connection_.pending().substr(0, **found));
        connection_.consume(**found);
        co_return true;
      }
    } else {
      release_memory();
    }
    error_code ec;
    const std::size_t n = co_await connection_.fill(ec);
    if (connection_.late() && scanner_.begun()) {
      const error why(errc::request_timeout, "the header section arrives too slowly");
      co_await refuse(why);
      co_return false;
    }
    if (connection_.late()) {
      // A request that arrived in the last moment is a request all the same.
      const bool arrived = connection_.transport().socket().available(ec) > 0 && !ec;
      if (!arrived) co_return false;
      connection_.arm(deadline::after(host_.thread.wheel.now(), limits.header_timeout));
      continue;
    }
    if (ec || n == 0) co_return false;
    served_without_waiting_ = 0;
    if (!busy_) {
      busy_ = true;
      connection_.arm(deadline::after(host_.thread.wheel.now(), limits.header_timeout));
    }
  }
}

io::awaitable<void> session::serve_one() {
  if (++served_without_waiting_ > pipelined_max) {
    served_without_waiting_ = 0;
    co_await boost::asio::post(io::use_awaitable);
  }
  keep_ = false;
  const std::string_view head = std::string_view(head_bytes_).substr(scanner_.start());
  const auto parsed = http::parse_head(head, exchange_.head);
  if (parsed.has_error()) {
    const error why = parsed.error();
    co_await refuse(why);
    co_return;
  }
  const auto framed = http::frame_request(exchange_.head);
  if (framed.has_error()) {
    const error why = framed.error();
    co_await refuse(why);
    co_return;
  }
  framing_ = *framed;
  identify_client();
  exchange_.target = http::split_target(exchange_.head.target);
  co_await answer();
  busy_ = false;
}

io::awaitable<void> session::answer() {
  const session_limits& limits = host_.limits;
  const time_point started = host_.thread.time.now();
  exchange_.started = started;
  exchange_.until = deadline::after(started, limits.request_timeout);
  const rate_credit rate(limits.rate_grace, limits.rate_min_bytes_per_s);
  body_.begin(framing_, rate, exchange_.body_until);
  bool failed = false;
  try {
    if (!host_.handler.try_answer(exchange_)) {
      watch_.arm(deadline::after(host_.thread.wheel.now(), watch_interval));
      co_await host_.handler.answer(exchange_);
    }
  } catch (const std::exception& e) {
    failed = true;
    host_.handler.refuse(exchange_, error(errc::internal, e.what()));
  }
  watch_.disarm();
  const unsigned most = limits.requests_per_connection_max;
  const bool last = ++served_ >= most && most > 0;
  const bool settled = body_.complete() || body_.worth_skipping();
  keep_ = framing_.keep_alive && !exchange_.answer.close && !host_.draining() && settled &&
          !failed && !last;
  unread_ = !body_.complete() && !keep_;
  co_await send_answer();
  finish();
  if (keep_ && !body_.complete()) co_await skip_body();
}

void session::identify_client() {
  exchange_.client = client_;
  exchange_.forwarded = false;
  if (!trusted_) return;
  if (const auto forwarded = forwarded_client(exchange_.head.fields, host_.edge.trusted_proxies)) {
    exchange_.client = forwarded;
    exchange_.forwarded = true;
  }
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

io::awaitable<void> session::refuse(const error& why) {
  const time_point started = host_.thread.time.now();
  exchange_.started = started;
  host_.handler.refuse(exchange_, why);
  keep_ = false;
  unread_ = true;
  co_await send_answer();
  finish();
}

io::awaitable<void> session::send_answer() {
  const http::response& r = exchange_.answer;
  if (exchange_.failed && exchange_.failure == errc::client_gone) {
    sent_ = keep_ = unread_ = false;
    co_return;
  }
  std::span<const std::byte> content = r.content();
  if (exchange_.head.method == http::method::head) content = {};
  const http::head_context context{exchange_.head.version, keep_, host_.date.now()};
  out_.clear();
  http::append_head(out_, r, context);
  if (content.size() <= joined_body_max) {
    out_.append(as_text(content));
    content = {};
  }
  error_code ec;
  const std::size_t sent = connection_.write_now(out_, content, ec);
  if (!ec && sent < out_.size() + content.size()) {
    std::string_view head(out_);
    const std::size_t of_head = std::min(sent, head.size());
    head.remove_prefix(of_head);
    const rate_credit rate(host_.limits.rate_grace, host_.limits.rate_min_bytes_per_s);
    co_await connection_.write(head, content.subspan(sent - of_head), rate, ec);
  }
  sent_ = !ec;
  if (ec) keep_ = unread_ = false;
}

void session::finish() {
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
