#include "loadtest/origin/session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <iostream>

namespace tailrace::load::faulty {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr asio::use_awaitable_t<executor> use_awaitable{};
constexpr std::size_t send_bytes_max = 65536;

}  // namespace

session::session(tcp_socket socket, const service& s)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      service_(s),
      room_(send_bytes_max),
      luck_(std::random_device{}()) {
  error_code ignored;  // the peer may be gone already
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (service_.tls != nullptr) tls_.emplace(socket_, *service_.tls);
  if (service_.counted != nullptr) service_.counted->opened();
}

session::~session() {
  if (service_.counted != nullptr) service_.counted->closed();
}

awaitable<void> session::run() {
  if (service_.silent) {
    auto ending = wait_for_end();
    co_await std::move(ending);
    co_return;
  }
  auto securing = secured();
  bool going_on = co_await std::move(securing);
  while (going_on) {
    auto receiving = received_head();
    going_on = co_await std::move(receiving);
    if (!going_on) break;
    auto answering = answered();
    going_on = co_await std::move(answering);
  }
}

void session::end() noexcept {
  error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
}

awaitable<bool> session::secured() {
  if (!tls_) co_return true;
  error_code ec;
  auto token = asio::redirect_error(use_awaitable, ec);
  co_await tls_->async_handshake(asio::ssl::stream_base::server, token);
  if (ec && service_.counted != nullptr) service_.counted->handshake_failed();
  co_return !ec;
}

// True once a request stands at the front of what was received.
awaitable<bool> session::received_head() {
  received_.erase(0, head_size_);
  auto size = head_size(received_);
  while (!size) {
    auto receiving = receive();
    const std::size_t n = co_await std::move(receiving);
    if (n == 0) co_return false;
    size = head_size(received_);
  }
  head_size_ = *size;
  co_return true;
}

awaitable<bool> session::answered() {
  reply r = next_reply();
  auto performing = performed(r);
  const action end = co_await std::move(performing);
  if (end == action::keep) co_return true;
  auto closing = close(end);
  co_await std::move(closing);
  co_return false;
}

reply session::next_reply() {
  const auto r = parse_request(std::string_view(received_).substr(0, head_size_));
  counters* const counted = service_.counted;
  if (r && r->path == "/_counters")
    return plain_reply(200, "application/json", service_.counts.json(), r->keep_alive);
  if (counted != nullptr) counted->received(head_size_);
  if (!r) {
    if (counted != nullptr) counted->asked("other", true);
    return plain_reply(400, "text/plain", "not a request without a body\n", false);
  }
  const double luck = std::uniform_real_distribution<double>()(luck_);
  answer a = answer_to(*r, service_.site, service_.usual, luck);
  if (counted != nullptr) counted->asked(a.prefix, a.refused);
  if (a.refused) std::cerr << "tailrace-origin: refused " << r->path << "?" << r->query << "\n";
  return std::move(a.reply);
}

// How the connection goes on; what failed on the way is over.
awaitable<action> session::performed(reply& r) {
  for (;;) {
    const step s = r.next(room_);
    if (s.what == action::send) {
      auto sending = send(s.bytes);
      const bool sent = co_await std::move(sending);
      if (!sent) co_return action::close_rudely;
    } else if (s.what == action::wait) {
      auto waiting = wait(s.pause);
      co_await std::move(waiting);
    } else if (s.what == action::stall) {
      auto ending = wait_for_end();
      co_await std::move(ending);
      co_return action::close_rudely;
    } else {
      co_return s.what;
    }
  }
}

awaitable<void> session::wait(std::chrono::nanoseconds pause) {
  error_code ec;
  auto token = asio::redirect_error(use_awaitable, ec);
  timer_.expires_after(pause);
  co_await timer_.async_wait(token);
}

// Past TLS: what is sent meanwhile does not matter.
awaitable<void> session::wait_for_end() {
  error_code ec;
  auto token = asio::redirect_error(use_awaitable, ec);
  const auto into = asio::buffer(room_);
  while (!ec) co_await socket_.async_read_some(into, token);
}

awaitable<void> session::close(action how) {
  error_code ec;
  if (how == action::reset) {
    socket_.set_option(asio::socket_base::linger(true, 0), ec);
    socket_.close(ec);
    co_return;
  }
  if (tls_ && how == action::close) {
    // Our half only: the client's close_notify counts as received, or its silence would hold us.
    SSL_set_shutdown(tls_->native_handle(), SSL_RECEIVED_SHUTDOWN);
    auto token = asio::redirect_error(use_awaitable, ec);
    co_await tls_->async_shutdown(token);
  }
  socket_.shutdown(asio::socket_base::shutdown_send, ec);
}

awaitable<std::size_t> session::receive() {
  std::array<char, 4096> some;
  const auto into = asio::buffer(some);
  error_code ec;
  auto token = asio::redirect_error(use_awaitable, ec);
  std::size_t n = 0;
  if (tls_) {
    n = co_await tls_->async_read_some(into, token);
  } else {
    n = co_await socket_.async_read_some(into, token);
  }
  received_.append(some.data(), n);
  co_return n;
}

awaitable<bool> session::send(std::string_view bytes) {
  const auto from = asio::buffer(bytes);
  error_code ec;
  auto token = asio::redirect_error(use_awaitable, ec);
  if (tls_) {
    co_await asio::async_write(*tls_, from, token);
  } else {
    co_await asio::async_write(socket_, from, token);
  }
  co_return !ec;
}

}  // namespace tailrace::load::faulty
