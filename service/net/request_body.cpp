#include "net/request_body.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <cstring>

namespace tailrace::net {
namespace {

// A client that sends without looking sends this much in any case, and closing would cost a new
// connection, too; of more, one that looks should be able to stop.
constexpr std::uint64_t skip_bytes_max = 512 << 10;
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

void request_body::begin(const http::framing& f, rate_credit rate, const deadline& until,
                         io::cancellation& called_off) {
  called_off_ = &called_off;
  framing_ = f;
  rate_ = rate;
  until_ = &until;
  received_ = 0;
  continue_due_ = f.expect_continue;
  complete_ = f.kind == http::body_kind::none;
  failed_ = false;
  if (f.kind == http::body_kind::chunked) chunks_ = http::chunk_decoder(errc::bad_request);
}

std::optional<std::uint64_t> request_body::size() const noexcept {
  if (framing_.kind == http::body_kind::chunked) return std::nullopt;
  return framing_.length;
}

bool request_body::worth_skipping() const noexcept {
  if (continue_due_ || failed_) return false;
  if (framing_.kind == http::body_kind::chunked) return received_ < skip_bytes_max;
  return framing_.length - received_ <= skip_bytes_max;
}

std::optional<std::span<const std::byte>> request_body::take_whole() {
  if (complete_) return std::span<const std::byte>();
  const std::uint64_t left = framing_.length - received_;
  const std::string_view pending = connection_.pending();
  if (failed_ || framing_.kind != http::body_kind::length || left > pending.size())
    return std::nullopt;
  const auto whole = as_bytes(pending).first(left);
  connection_.consume(left);
  received_ = framing_.length;
  complete_ = true;
  continue_due_ = false;  // the client did not wait for it
  return whole;
}

void request_body::skip_received() {
  std::array<std::byte, 2048> waste;
  while (!complete_ && !failed_ && !connection_.pending().empty()) {
    if (framing_.kind == http::body_kind::chunked) {
      failed_ = decode(waste).has_error();
      complete_ = chunks_.done();
    } else {
      const auto n =
          std::min<std::uint64_t>(framing_.length - received_, connection_.pending().size());
      connection_.consume(n);
      received_ += n;
      complete_ = received_ == framing_.length;
    }
  }
}

io::awaitable<result<std::size_t>> request_body::read_some(std::span<std::byte> room) {
  if (complete_) co_return std::size_t{0};
  if (called_off_->called_off()) co_return error(called_off_->why());
  if (until_->passed(connection_.now()))
    co_return error(errc::request_timeout, "the body was not there in time");
  if (continue_due_) {
    // RFC 9110 §10.1.1: the client waits for this before it sends the body. A client that reads
    // nothing while it has 25 bytes to take is treated like one that is gone.
    continue_due_ = false;
    boost::system::error_code ec;
    const std::size_t sent = connection_.write_now(continue_line, {}, ec);
    if (ec || sent != continue_line.size()) co_return error(errc::client_gone);
  }
  const bool chunked = framing_.kind == http::body_kind::chunked;
  auto reading = chunked ? read_chunked(room) : read_length(room);
  auto n = co_await std::move(reading);
  failed_ = n.has_error();
  co_return n;
}

io::awaitable<result<std::size_t>> request_body::read_length(std::span<std::byte> room) {
  const std::uint64_t left = framing_.length - received_;
  auto n = co_await receive(room.first(std::min<std::uint64_t>(room.size(), left)));
  if (n.has_error()) co_return n;
  received_ += *n;
  complete_ = received_ == framing_.length;
  co_return n;
}

io::awaitable<result<std::size_t>> request_body::read_chunked(std::span<std::byte> room) {
  for (;;) {
    const auto decoded = decode(room);
    if (decoded.has_error() || *decoded > 0) co_return decoded;
    complete_ = chunks_.done();
    if (complete_) co_return std::size_t{0};
    if (chunks_.data_left() > 0) {
      // Body bytes of a large chunk go straight to the caller.
      const auto most = std::min<std::uint64_t>(room.size(), chunks_.data_left());
      auto n = co_await receive(room.first(most));
      if (n.has_value()) {
        chunks_.take(*n);
        received_ += *n;
      }
      co_return n;
    }
    const auto more = co_await receive_framing();
    if (more.has_error()) co_return more.error();
  }
}

// Takes what is pending through the decoder: small chunks together, not one read for each.
result<std::size_t> request_body::decode(std::span<std::byte> room) {
  std::size_t filled = 0;
  while (filled < room.size() && !connection_.pending().empty() && !chunks_.done()) {
    auto input = as_bytes(connection_.pending());
    if (chunks_.data_left() > 0) input = input.first(std::min(input.size(), room.size() - filled));
    // Framing bytes first, alone: how much data follows is known only behind them.
    if (chunks_.data_left() == 0) input = input.first(1);
    const auto step = chunks_.next(input);
    // What came before a fault is handed out before it, as it would be had the fault come later.
    if (step.has_error() && filled > 0) break;
    if (step.has_error()) return step.error();
    if (!step->data.empty())
      std::memcpy(room.data() + filled, step->data.data(), step->data.size());
    connection_.consume(step->consumed);
    filled += step->data.size();
  }
  received_ += filled;
  return filled;
}

void request_body::arm() noexcept {
  waiting_since_ = connection_.now();
  connection_.arm(std::min(deadline::after(waiting_since_, rate_.left()), *until_));
  join(called_off_);
}

void request_body::disarm(std::size_t received) noexcept {
  leave();
  connection_.disarm();
  rate_.spend(connection_.now() - waiting_since_, received);
}

io::awaitable<result<void>> request_body::receive_framing() {
  if (called_off_->called_off()) co_return error(called_off_->why());
  boost::system::error_code ec;
  arm();
  std::size_t n = co_await connection_.fill(ec);
  while (connection_.resting()) {
    co_await connection_.rest(ec);
    if (!ec) n = co_await connection_.fill(ec);
  }
  disarm(n);
  if (n > 0) co_return result<void>();
  if (called_off_->called_off()) co_return error(called_off_->why());
  if (connection_.late()) co_return error(errc::request_timeout, "the body arrives too slowly");
  if (ec) co_return error(errc::client_gone);
  co_return error(errc::bad_request, "the body ended before its last chunk");
}

io::awaitable<result<std::size_t>> request_body::receive(std::span<std::byte> room) {
  if (called_off_->called_off()) co_return error(called_off_->why());
  boost::system::error_code ec;
  arm();
  const std::size_t n = co_await connection_.read_some(room, ec);
  disarm(n);
  if (n > 0) co_return n;
  if (called_off_->called_off()) co_return error(called_off_->why());
  if (connection_.late()) co_return error(errc::request_timeout, "the body arrives too slowly");
  if (ec) co_return error(errc::client_gone);
  co_return error(errc::bad_request, "the body is shorter than announced");
}

}  // namespace tailrace::net
