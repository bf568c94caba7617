#include "net/connection.hpp"

#include "core/body.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <utility>

namespace tailrace::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// A client that sends faster than we read would otherwise never let go of the thread.
constexpr std::size_t burst_max = 256 << 10;
// A connection waits with its buffer this long, if no more than so many of the thread do: the next
// request of a busy client then costs no system call beside its own receive and send.
constexpr auto hold_time = std::chrono::milliseconds(500);
constexpr std::size_t held_buffers_max = 256;

}  // namespace

connection::connection(io::stream_socket socket, io::deadline_wheel& wheel,
                       io::buffer_pool& buffers)
    : transport_(std::move(socket)), wheel_(wheel), buffers_(buffers), timer_(*this) {}

connection::~connection() {
  if (buffer_) buffers_.give_back(std::move(buffer_));
}

void connection::interrupt() noexcept {
  error_code ignored;
  transport_.socket().cancel(ignored);
}

std::string_view connection::pending() const noexcept {
  return {reinterpret_cast<const char*>(buffer_.get()) + begin_, end_ - begin_};
}

bool connection::holds_input() noexcept {
  error_code failed;
  const auto* const tls = transport_.tls();
  return !pending().empty() || (tls != nullptr && tls->holds_bytes()) ||
         (transport_.socket().available(failed) > 0 && !failed);
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

void connection::shutdown_send(bool tls_only) noexcept {
  error_code ignored;
  if (auto* const tls = transport_.tls()) tls->close();
  if (!tls_only) transport_.socket().shutdown(io::stream_socket::shutdown_send, ignored);
}

bool connection::met_plain_http() noexcept {
  if (transport_.tls() == nullptr || !transport_.tls()->met_plain_http()) return false;
  transport_.end_tls();
  return true;
}

io::awaitable<std::size_t> connection::peek(std::span<char> room, error_code& ec) {
  for (;;) {
    co_await wait(io::stream_socket::wait_read, ec);
    if (ec) co_return 0;
    const auto into = asio::buffer(room.data(), room.size());
    const std::size_t n = transport_.socket().receive(into, io::stream_socket::message_peek, ec);
    if (ec == asio::error::eof) ec = {};
    if (ec != asio::error::would_block) co_return n;
  }
}

void connection::discard(std::size_t n) noexcept {
  std::array<char, 512> waste;
  error_code ec;
  while (n > 0 && !ec) {
    const auto into = asio::buffer(waste.data(), std::min(n, waste.size()));
    n -= transport_.socket().receive(into, 0, ec);
  }
}

io::awaitable<void> connection::secure(SSL_CTX& context, error_code& ec) {
  transport_.begin_tls(context);
  for (;;) {
    const auto step = transport_.tls()->handshake();
    ec = {};
    if (step == tls_session::step::done) co_return;
    ec = asio::error::connection_aborted;
    if (step == tls_session::step::end || step == tls_session::step::failed) co_return;
    auto what = io::stream_socket::wait_read;
    if (step == tls_session::step::want_write) what = io::stream_socket::wait_write;
    co_await wait(what, ec);
    if (ec) co_return;
  }
}

std::size_t connection::read_now(std::span<std::byte> room, error_code& ec) noexcept {
  const std::size_t n = transport_.read_now(room, ec);
  received_ += n;
  return n;
}

io::awaitable<void> connection::wait(io::stream_socket::wait_type what, error_code& ec) {
  ec = asio::error::operation_aborted;
  if (late()) co_return;
  auto token = asio::redirect_error(io::use_awaitable, ec);
  co_await transport_.socket().async_wait(what, token);
}

// A free part of the buffer, behind what is pending.
std::span<std::byte> connection::prepare_room() {
  if (!buffer_) buffer_ = buffers_.borrow();
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  return {buffer_.get() + end_, buffers_.size() - end_};
}

bool connection::may_hold_buffer() const noexcept {
  return buffers_.lent() + (buffer_ ? 0 : 1) <= held_buffers_max;
}

io::awaitable<std::size_t> connection::fill(error_code& ec) {
  assert(room() > 0);
  // The deadline may have passed while nothing was under way that it could have interrupted.
  ec = asio::error::operation_aborted;
  if (late()) co_return 0;
  ec = {};
  if (transport_.tls() != nullptr) co_return co_await fill_tls(ec);
  const bool idle = begin_ == end_;
  if (idle) {
    // What has arrived is received in any case: only waiting is done without a buffer.
    resting_ = !std::exchange(readable_, false) && !may_hold_buffer();
    if (resting_) co_return 0;
    timer_.arm(std::min(until_, deadline::after(now(), hold_time)));
  }
  const auto free = prepare_room();
  const auto into = asio::buffer(free.data(), free.size());
  auto token = asio::redirect_error(io::use_awaitable, ec);
  const std::size_t n = co_await transport_.socket().async_read_some(into, token);
  if (ec == asio::error::eof) ec = {};
  end_ += n;
  received_ += n;
  if (!idle) co_return n;
  resting_ = ec == asio::error::operation_aborted && !until_.passed(now());
  if (resting_) ec = {};
  if (!ec) arm(until_);
  co_return n;
}

io::awaitable<std::size_t> connection::fill_tls(error_code& ec) {
  for (;;) {
    const std::size_t n = read_now(prepare_room(), ec);
    end_ += n;
    if (ec != asio::error::would_block) co_return n;
    ec = {};
    resting_ = begin_ == end_ && transport_.wanted() == io::stream_socket::wait_read;
    if (resting_) co_return 0;
    co_await wait(transport_.wanted(), ec);
    if (ec) co_return 0;
  }
}

io::awaitable<void> connection::rest(error_code& ec) {
  resting_ = false;
  release_buffer();
  ec = asio::error::operation_aborted;
  if (late()) co_return;
  auto token = asio::redirect_error(io::use_awaitable, ec);
  co_await transport_.socket().async_wait(io::stream_socket::wait_read, token);
  readable_ = !ec;
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
  const std::size_t n = read_now(room, ec);
  burst_ += n;
  if (ec != asio::error::would_block) co_return n;
  burst_ = 0;
  co_return co_await read_waiting(room, ec);
}

io::awaitable<std::size_t> connection::read_waiting(std::span<std::byte> room, error_code& ec) {
  if (transport_.tls() == nullptr && !late()) {
    const auto into = asio::buffer(room.data(), room.size());
    auto token = asio::redirect_error(io::use_awaitable, ec);
    const std::size_t n = co_await transport_.socket().async_read_some(into, token);
    if (ec == asio::error::eof) ec = {};
    received_ += n;
    co_return n;
  }
  for (;;) {
    co_await wait(transport_.wanted(), ec);
    if (ec) co_return 0;
    const std::size_t n = read_now(room, ec);
    if (ec != asio::error::would_block) co_return n;
  }
}

std::size_t connection::write_now(std::string_view head, std::span<const std::byte> body,
                                  error_code& ec) noexcept {
  const std::size_t n = transport_.write_now(as_bytes(head), body, ec);
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
    timer patience(*this);
    patience.arm(deadline::after(began, rate.left()));
    auto token = asio::redirect_error(io::use_awaitable, ec);
    co_await transport_.socket().async_wait(transport_.wanted(), token);
    rate.spend(now() - began, 0);
    // The deadline of a read beside it interrupts the wait, but not what waits.
    const bool by_other = ec == asio::error::operation_aborted && !patience.fired;
    if (ec && !by_other) co_return;
  }
}

}  // namespace tailrace::net
