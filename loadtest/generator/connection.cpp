#include "loadtest/generator/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <array>
#include <cassert>
#include <utility>

namespace tailrace::load {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;

connection::connection(asio::io_context& context, const endpoint& server, const target& requests,
                       std::span<char> scratch, observer& watcher)
    : socket_(context),
      server_(server),
      requests_(requests),
      scratch_(scratch),
      observer_(watcher) {}

void connection::warm_up() {
  assert(state_ == state::idle);
  state_ = state::warming;
  outcome_.begun = steady_clock::now();
  connect();
}

void connection::start(const ticket& t, time_point now, bool queued) {
  assert(state_ == state::idle);
  state_ = state::requesting;
  outcome_.ticket = t;
  outcome_.begun = now;
  outcome_.queued = queued;
  message_ = &requests_.kinds[t.kind];
  const message_head& head = message_->heads[t.number % message_->heads.size()];
  head_ = head.text;
  if (!head.numbers_at.empty()) head_ = numbered_head_ = head.with(t.number);
  written_ = 0;
  reader_.begin(message_->head_method, message_->keep);
  connected_ ? flush() : connect();
}

void connection::connect() {
  socket_.async_connect(server_, [this, g = generation_](const error_code& ec) {
    if (g == generation_) connected(ec);
  });
}

void connection::connected(const error_code& ec) {
  error_code failed = ec;
  if (!failed) socket_.non_blocking(true, failed);
  if (!failed) socket_.set_option(asio::ip::tcp::no_delay(true), failed);
  if (failed) return finish(ending::connect, steady_clock::now());
  connected_ = true;
  watch();
  if (state_ == state::requesting) return flush();
  state_ = state::idle;
  observer_.on_warm(*this);
}

void connection::flush() {
  while (written_ < request_bytes()) {
    const std::array<asio::const_buffer, 2> rest{
        asio::buffer(head_) + written_,
        asio::buffer(message_->body) + (written_ - std::min(written_, head_.size()))};
    error_code ec;
    const std::size_t n = socket_.write_some(rest, ec);
    written_ += n;
    if (ec == asio::error::would_block) {
      socket_.async_wait(socket_type::wait_write, [this, g = generation_](const error_code&) {
        if (g == generation_ && state_ == state::requesting) flush();
      });
      return;
    }
    // The read side reports the loss: there may still be an answer that came before it.
    if (ec) return;
  }
}

void connection::watch() {
  socket_.async_wait(socket_type::wait_read, [this, g = generation_](const error_code&) {
    if (g == generation_) readable();
  });
}

void connection::readable() {
  error_code ec;
  const std::size_t n = socket_.read_some(asio::buffer(scratch_.data(), scratch_.size()), ec);
  if (ec == asio::error::would_block) return watch();
  // Closed while idle; or it sent what nobody asked for, and is not to be trusted further.
  if (state_ != state::requesting) return close();
  const auto now = steady_clock::now();
  auto verdict = response_reader::verdict::truncated;
  if (!ec) verdict = reader_.feed(scratch_.first(n));
  if (ec == asio::error::eof) verdict = reader_.end_of_stream();
  switch (verdict) {
    case response_reader::verdict::more:
      return watch();
    case response_reader::verdict::whole:
      return finish(ending::ok, now);
    case response_reader::verdict::bad:
      return finish(ending::bad_response, now);
    case response_reader::verdict::truncated:
      return finish(reader_.started() ? ending::truncated : ending::reset, now);
  }
}

void connection::expire(time_point now, duration limit) {
  if (state_ == state::idle || now - outcome_.begun <= limit) return;
  finish(connected_ ? ending::timeout : ending::connect, now);
}

// `how` is ok for a whole response, which is then judged.
void connection::finish(ending how, time_point now) {
  const bool warming = std::exchange(state_, state::idle) == state::warming;
  const bool whole = how == ending::ok;
  if (whole && requests_.keepalive && connected_ && written_ == request_bytes() &&
      reader_.keeps_alive()) {
    watch();
  } else {
    close();
  }
  idle_since_ = now;
  if (warming) return observer_.on_warm(*this);
  const answer kept = reader_.kept();
  outcome_.finished = now;
  outcome_.status = kept.status;
  outcome_.body_bytes = kept.body_bytes;
  outcome_.sent_bytes = written_;
  judgement verdict = whole ? judge(message_->expect, kept) : judgement{how, {}};
  outcome_.how = verdict.how;
  outcome_.fault = std::move(verdict.fault);
  outcome_.check = verdict.check;
  observer_.on_outcome(*this, outcome_);
}

void connection::close() {
  ++generation_;
  connected_ = false;
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace tailrace::load
