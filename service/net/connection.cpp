#include "net/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

namespace tailrace::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// A client that sends faster than we read would otherwise never let go of the thread.
constexpr std::size_t burst_max = 256 << 10;

}  // namespace

connection::connection(io::tcp_socket socket, io::deadline_wheel& wheel, io::buffer_pool& buffers)
    : socket_(std::move(socket)), wheel_(wheel), buffers_(buffers), timer_(wheel, *this) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(io::tcp::no_delay(true), ignored);
}

connection::~connection() {
  if (buffer_) buffers_.give_back(std::move(buffer_));
}

void connection::interrupt() noexcept {
  error_code ignored;
  socket_.cancel(ignored);
}

std::string_view connection::pending() const noexcept {
  return {reinterpret_cast<const char*>(buffer_.get()) + begin_, end_ - begin_};
}

void connection::consume(std::size_t n) noexcept {
  assert(n <= end_ - begin_);
  begin_ += n;
  if (begin_ == end_) begin_ = end_ = 0;
}

std::size_t connection::room() const noexcept {
  return buffers_.size() - (end_ - begin_);
}

void connection::release_buffer() {
  if (buffer_ && begin_ == end_) buffers_.give_back(std::move(buffer_));
}

void connection::shutdown_send() noexcept {
  error_code ignored;
  socket_.shutdown(io::tcp_socket::shutdown_send, ignored);
}

std::size_t connection::read_now(std::span<std::byte> room, error_code& ec) noexcept {
  const std::size_t n = socket_.read_some(asio::buffer(room.data(), room.size()), ec);
  if (ec == asio::error::eof) ec = {};
  received_ += n;
  return n;
}

io::awaitable<void> connection::wait(io::tcp_socket::wait_type what, error_code& ec) {
  // The deadline may have passed while nothing was under way that it could have interrupted.
  if (late()) {
    ec = asio::error::operation_aborted;
    co_return;
  }
  auto token = asio::redirect_error(io::use_awaitable, ec);
  co_await socket_.async_wait(what, token);
}

io::awaitable<std::size_t> connection::fill(error_code& ec) {
  assert(room() > 0);
  for (;;) {
    co_await wait(io::tcp_socket::wait_read, ec);
    if (ec) co_return 0;
    if (!buffer_) buffer_ = buffers_.borrow();
    if (begin_ > 0) {
      std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    const std::span<std::byte> free(buffer_.get() + end_, buffers_.size() - end_);
    const std::size_t n = read_now(free, ec);
    if (ec == asio::error::would_block) continue;
    end_ += n;
    co_return n;
  }
}

io::awaitable<std::size_t> connection::read_some(std::span<std::byte> room, error_code& ec) {
  if (begin_ < end_) {
    const std::size_t n = std::min(room.size(), end_ - begin_);
    std::memcpy(room.data(), buffer_.get() + begin_, n);
    consume(n);
    ec = {};
    co_return n;
  }
  if (burst_ >= burst_max) {
    burst_ = 0;
    co_await asio::post(io::use_awaitable);
  }
  for (;;) {
    const std::size_t n = read_now(room, ec);
    burst_ += n;
    if (ec != asio::error::would_block) co_return n;
    burst_ = 0;
    co_await wait(io::tcp_socket::wait_read, ec);
    if (ec) co_return 0;
  }
}

std::size_t connection::write_now(std::string_view head, std::span<const std::byte> body,
                                  error_code& ec) noexcept {
  const std::array<asio::const_buffer, 2> pieces{asio::buffer(head.data(), head.size()),
                                                 asio::buffer(body.data(), body.size())};
  const std::size_t n = socket_.write_some(pieces, ec);
  if (ec == asio::error::would_block) ec = {};
  sent_ += n;
  return n;
}

io::awaitable<void> connection::write(std::string_view head, std::span<const std::byte> body,
                                      rate_credit rate, error_code& ec) {
  for (;;) {
    const std::size_t n = write_now(head, body, ec);
    if (ec) co_return;
    const std::size_t of_head = std::min(n, head.size());
    head.remove_prefix(of_head);
    body = body.subspan(n - of_head);
    if (head.empty() && body.empty()) co_return;
    rate.spend(duration::zero(), n);
    const time_point began = now();
    arm(deadline::after(began, rate.left()));
    co_await wait(io::tcp_socket::wait_write, ec);
    disarm();
    rate.spend(now() - began, 0);
    if (ec) co_return;
  }
}

}  // namespace tailrace::net
