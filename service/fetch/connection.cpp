#include "fetch/connection.hpp"

#include "fetch/tls.hpp"
#include "fetch/tls_sessions.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <sys/socket.h>

namespace tailrace::fetch {

namespace asio = boost::asio;
using boost::system::error_code;

// Again at every tick until somebody arms it anew: TLS operations consist of several, and between
// two of them there is nothing to cancel.
void connection::timer::late() noexcept {
  fired = true;
  owner.interrupt();
}

// Shut down here and now, not when whoever waits gets its turn: a thousand fetches that are called
// off together let go of their origins at once.
void connection::call_off::wake() noexcept {
  fired = true;
  error_code ignored;
  owner.socket_.shutdown(io::tcp_socket::shutdown_both, ignored);
  owner.interrupt();
}

void connection::interrupt() noexcept {
  error_code ignored;
  socket_.cancel(ignored);
  timer_.arm(deadline::after(wheel_.now(), io::deadline_wheel::tick));
}

connection::connection(io::thread& on, stats& counts, io::tcp_socket connected)
    : counts_(counts),
      time_(on.time),
      since_(on.time.now()),
      wheel_(on.wheel),
      socket_(std::move(connected)),
      timer_(on.wheel, *this),
      call_off_(*this) {
  counts_.connections_active.add(1);
  counts_.connections_opened.add();
  // What fails here, on a socket that was reset already, fails again at the first write.
  error_code ignored;
  peer_ = socket_.remote_endpoint(ignored);
  socket_.non_blocking(true, ignored);
  socket_.set_option(io::tcp::no_delay(true), ignored);
}

connection::~connection() {
  (idle_ ? counts_.connections_idle : counts_.connections_active).add(-1);
}

void connection::set_idle(bool idle) noexcept {
  if (idle == idle_) return;
  idle_ = idle;
  counts_.connections_idle.add(idle ? 1 : -1);
  counts_.connections_active.add(idle ? -1 : 1);
}

void connection::arm(deadline at) noexcept {
  timer_.fired = false;
  timer_.arm(at);
}

void connection::serve(io::cancellation* whose) noexcept {
  call_off_.fired = whose != nullptr && whose->called_off();
  call_off_.join(whose);
}

// The deadline may pass, or the fetch be called off, between two operations, when there is nothing
// to cancel.
error_code connection::interrupted() const noexcept {
  if (call_off_.fired) return asio::error::operation_aborted;
  if (timer_.fired) return asio::error::timed_out;
  return {};
}

// It may also come together with an error of the socket: either way the operation was too late.
void connection::translate(error_code& ec) const noexcept {
  if (ec && interrupted()) ec = interrupted();
}

io::awaitable<void> connection::wait_writable(error_code& ec) {
  ec = interrupted();
  if (ec) co_return;
  auto token = asio::redirect_error(io::use_awaitable, ec);
  co_await socket_.async_wait(io::tcp_socket::wait_write, token);
  translate(ec);
}

io::awaitable<error_code> connection::secure(asio::ssl::context& context, const url& to,
                                             std::string& why) {
  tls_.emplace(socket_, context);
  SSL* const native = tls_->native_handle();
  if (!expect_host(native, to)) co_return asio::error::no_memory;
  resume_tls_session(native, authority_of(to), time_);
  error_code ec = interrupted();
  if (ec) co_return ec;
  auto token = asio::redirect_error(io::use_awaitable, ec);
  co_await tls_->async_handshake(asio::ssl::stream_base::client, token);
  if (ec) {
    why = verification_failure(native);
    forget_tls_session(native);
  } else if (SSL_session_reused(native) == 1) {
    counts_.tls_resumed.add();
  }
  translate(ec);
  counts_.record(!ec             ? tls_outcome::ok
                 : interrupted() ? tls_outcome::abandoned
                                 : tls_outcome::failed);
  co_return ec;
}

io::awaitable<error_code> connection::write(std::string_view text) {
  error_code ec = interrupted();
  if (ec) co_return ec;
  counts_.bytes_sent.add(text.size());
  if (tls_) {
    auto token = asio::redirect_error(io::use_awaitable, ec);
    const auto bytes = asio::buffer(text.data(), text.size());
    co_await asio::async_write(*tls_, bytes, token);
    translate(ec);
    co_return ec;
  }
  for (;;) {
    text.remove_prefix(socket_.write_some(asio::buffer(text.data(), text.size()), ec));
    if (text.empty() || ec != asio::error::would_block) co_return ec;
    auto writable = wait_writable(ec);
    co_await std::move(writable);
    if (ec) co_return ec;
  }
}

// A receive, not a wait for readiness, which costs Asio a system call more. It completes by way of
// the loop's queue: an origin that sends faster than we read keeps nobody from their turn.
io::awaitable<std::size_t> connection::read_some(std::span<std::byte> room, error_code& ec) {
  ec = interrupted();
  if (ec) co_return 0;
  auto token = asio::redirect_error(io::use_awaitable, ec);
  const auto into = asio::buffer(room.data(), room.size());
  std::size_t n = 0;
  if (tls_) {
    n = co_await tls_->async_read_some(into, token);
  } else {
    n = co_await socket_.async_read_some(into, token);
  }
  if (ec == asio::error::eof) ec = {};
  translate(ec);
  counts_.bytes_received.add(n);
  co_return n;
}

bool connection::quiet() noexcept {
  if (begin != end) return false;
  if (tls_) {
    SSL* const native = tls_->native_handle();
    if (SSL_has_pending(native) == 1 || BIO_pending(SSL_get_rbio(native)) > 0) return false;
  }
  char byte;
  const auto n = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace tailrace::fetch
