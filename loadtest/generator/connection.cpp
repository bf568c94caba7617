#include "loadtest/generator/connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <array>
#include <cassert>

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
  assert(phase_ == phase::idle);
  phase_ = phase::warming;
  outcome_.begun = steady_clock::now();
  connect();
}

void connection::start(std::size_t request, time_point scheduled, time_point now, bool queued) {
  assert(phase_ == phase::idle);
  phase_ = phase::requesting;
  outcome_ = {};
  outcome_.scheduled = scheduled;
  outcome_.begun = now;
  outcome_.queued = queued;
  request_ = request;
  written_ = 0;
  reader_.begin(requests_.head_method);
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
  if (phase_ == phase::requesting) return flush();
  phase_ = phase::idle;
  observer_.on_warm(*this);
}

void connection::flush() {
  const std::string& head = requests_.heads[request_];
  const std::size_t size = head.size() + requests_.body.size();
  while (written_ < size) {
    const std::array<asio::const_buffer, 2> rest{
        asio::buffer(head) + written_,
        asio::buffer(requests_.body) + (written_ - std::min(written_, head.size()))};
    error_code ec;
    const std::size_t n = socket_.write_some(rest, ec);
    written_ += n;
    if (ec == asio::error::would_block) {
      socket_.async_wait(socket_type::wait_write, [this, g = generation_](const error_code&) {
        if (g == generation_ && phase_ == phase::requesting) flush();
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
  if (phase_ != phase::requesting) return close();
  const auto now = steady_clock::now();
  auto verdict = response_reader::verdict::truncated;
  if (!ec) verdict = reader_.feed(scratch_.first(n));
  if (ec == asio::error::eof) verdict = reader_.end_of_stream();
  switch (verdict) {
    case response_reader::verdict::more:
      return watch();
    case response_reader::verdict::whole:
      return finish(ending::answered, now);
    case response_reader::verdict::bad:
      return finish(ending::bad_response, now);
    case response_reader::verdict::truncated:
      return finish(reader_.started() ? ending::truncated : ending::reset, now);
  }
}

void connection::expire(time_point now, duration limit) {
  if (phase_ == phase::idle || now - outcome_.begun <= limit) return;
  finish(connected_ ? ending::timeout : ending::connect, now);
}

void connection::finish(ending how, time_point now) {
  const bool written = written_ == requests_.heads[request_].size() + requests_.body.size();
  const bool reusable = how == ending::answered && requests_.keepalive && written && connected_ &&
                        reader_.keeps_alive();
  reusable ? watch() : close();
  idle_since_ = now;
  if (std::exchange(phase_, phase::idle) == phase::warming) return observer_.on_warm(*this);
  outcome_.how = how;
  outcome_.finished = now;
  outcome_.status = reader_.status();
  outcome_.body_bytes = reader_.body_bytes();
  outcome_.sent_bytes = written_;
  observer_.on_outcome(*this, outcome_);
}

void connection::close() {
  ++generation_;
  connected_ = false;
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace tailrace::load
