#include "net/transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <array>
#include <poll.h>

namespace tailrace::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// So much is encrypted at a time: others on this thread get their turn.
constexpr std::size_t burst_max = 256 << 10;

}  // namespace

transport::transport(io::stream_socket s) : socket_(std::move(s)) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);  // a Unix socket has no such thing
}

void transport::begin_tls(SSL_CTX& context) {
  tls_ = std::make_unique<tls_session>(context, socket_.native_handle());
}

std::size_t transport::read_now(std::span<std::byte> room, error_code& ec) noexcept {
  if (tls_) {
    std::size_t n = 0;
    translate(tls_->read(room, n), ec);
    return n;
  }
  wanted_ = io::stream_socket::wait_read;
  const std::size_t n = socket_.read_some(asio::buffer(room.data(), room.size()), ec);
  if (ec == asio::error::eof) ec = {};
  return n;
}

std::size_t transport::write_now(std::span<const std::byte> head, std::span<const std::byte> body,
                                 error_code& ec) noexcept {
  if (tls_) {
    std::size_t n = write_tls(head, ec);
    if (!ec && n == head.size()) n += write_tls(body, ec);
    if (n > 0 && ec == asio::error::would_block) ec = {};
    return n;
  }
  wanted_ = io::stream_socket::wait_write;
  const auto first = asio::buffer(head.data(), head.size());
  if (body.empty()) return socket_.write_some(first, ec);
  const std::array<asio::const_buffer, 2> both{first, asio::buffer(body.data(), body.size())};
  return socket_.write_some(both, ec);
}

std::size_t transport::write_tls(std::span<const std::byte> bytes, error_code& ec) noexcept {
  std::size_t sent = 0;
  ec = {};
  const std::size_t most = std::min(bytes.size(), burst_max);
  while (sent < most && !ec) {
    std::size_t n = 0;
    translate(tls_->write(bytes.subspan(sent, most - sent), n), ec);
    sent += n;
  }
  if (!ec) wanted_ = io::stream_socket::wait_write;
  return sent;
}

void transport::translate(tls_session::step s, error_code& ec) noexcept {
  ec = {};
  switch (s) {
    case tls_session::step::done:
    case tls_session::step::end:
      return;
    case tls_session::step::want_read:
      wanted_ = io::stream_socket::wait_read;
      break;
    case tls_session::step::want_write:
      wanted_ = io::stream_socket::wait_write;
      break;
    case tls_session::step::failed:
      ec = asio::error::connection_aborted;
      return;
  }
  ec = asio::error::would_block;
}

// poll() and not a read: bytes of the next request may lie before the end.
short transport::events() const noexcept {
  pollfd each{const_cast<io::stream_socket&>(socket_).native_handle(), POLLRDHUP, 0};
  return ::poll(&each, 1, 0) > 0 ? each.revents : short{0};
}

bool transport::ended_by_peer() const noexcept {
  return (events() & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

bool transport::broken() const noexcept {
  return (events() & (POLLHUP | POLLERR)) != 0;
}

}  // namespace tailrace::net
