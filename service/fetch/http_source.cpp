#include "fetch/http_source.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cassert>
#include <cstring>

namespace tailrace::fetch {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

std::string text_of(const http::response_head& head, http::field_name name) {
  const auto* f = head.fields.find(name);
  return f == nullptr ? std::string() : std::string(f->value);
}

}  // namespace

http_source::http_source(client& owner, answered a, const request& r)
    : owner_(owner),
      visit_(std::move(a.visit)),
      connection_(std::move(a.on)),
      key_(std::move(a.key)),
      keep_alive_(a.framing.keep_alive),
      until_(r.until),
      body_(a.framing, r.bytes_max),
      credit_(std::chrono::milliseconds(owner.config().body_rate_grace_ms),
              owner.config().origin_rate_min_bytes_per_s) {
  if (a.framing.kind == http::body_kind::length || a.framing.kind == http::body_kind::none)
    head_.size = a.framing.length;
  head_.content_type = text_of(a.head, http::field_name::content_type);
  head_.etag = text_of(a.head, http::field_name::etag);
  head_.last_modified = text_of(a.head, http::field_name::last_modified);
  head_.cache_control = text_of(a.head, http::field_name::cache_control);
  head_.not_modified = a.head.status == 304;
}

http_source::~http_source() {
  end(body_.done() ? outcome::ok : outcome::abandoned);
}

// Not more either: what is behind it would be lost.
bool http_source::is_whole() const noexcept {
  return !ended_ && head_.size && *head_.size == connection_->pending().size() &&
         body_.wanted(1) == std::min<std::uint64_t>(*head_.size, 1);
}

// The connection keeps the bytes until this source ends.
std::optional<std::span<const std::byte>> http_source::take_whole() {
  if (!is_whole()) return std::nullopt;
  connection& c = *connection_;
  const auto whole = std::as_writable_bytes(std::span(c.buffer).subspan(c.begin, c.end - c.begin));
  if (!whole.empty() && body_.take(whole).has_error()) return std::nullopt;
  c.begin = c.end;
  return whole;
}

void http_source::serve(deadline until, io::cancellation* called_off) noexcept {
  until_ = until;
  if (connection_) connection_->serve(called_off);
}

void http_source::end(outcome o) noexcept {
  if (std::exchange(ended_, true)) return;
  owner_.counts().record(o);
  const bool reusable = o == outcome::ok && keep_alive_ && !body_.overrun();
  if (reusable && connection_->pending().empty())
    owner_.keeper().give_back(std::move(key_), std::move(connection_));
  connection_.reset();
  visit_.end();
}

io::awaitable<result<std::size_t>> http_source::read_some(std::span<std::byte> room) {
  assert(!ended_ || body_.done());
  if (body_.done()) {
    end(outcome::ok);
    co_return std::size_t{0};
  }
  auto reading = read_body(room);
  auto read = co_await std::move(reading);
  if (read.has_error()) end(outcome_of(read.error().code));
  // The connection may serve the next request while the last bytes are still being looked at.
  if (read.has_value() && body_.done()) end(outcome::ok);
  co_return read;
}

error http_source::late() const {
  const bool ours = until_.passed(owner_.thread().time.now());
  return error(errc::origin_timeout,
               ours ? "the request's time is up" : "the origin sends too slowly");
}

io::awaitable<result<std::size_t>> http_source::read_body(std::span<std::byte> room) {
  for (;;) {
    error_code ec;
    auto receiving = receive(room.first(body_.wanted(room.size())), ec);
    const std::size_t n = co_await std::move(receiving);
    if (ec == asio::error::operation_aborted) co_return error(errc::client_gone);
    if (ec == asio::error::timed_out) co_return late();
    if (ec) co_return error(errc::origin_incomplete, "the origin broke off: " + ec.message());
    if (n == 0) {
      const auto closed = body_.close();
      if (closed.has_error()) co_return closed.error();
      co_return std::size_t{0};
    }
    const auto taken = body_.take(room.first(n));
    if (taken.has_error() || *taken > 0 || body_.done()) co_return taken;
  }
}

io::awaitable<std::size_t> http_source::receive(std::span<std::byte> room, error_code& ec) {
  connection& c = *connection_;
  if (c.begin < c.end) {
    const std::size_t n = std::min(room.size(), c.end - c.begin);
    std::memcpy(room.data(), c.buffer.data() + c.begin, n);
    c.begin += n;
    co_return n;
  }
  const clock& time = owner_.thread().time;
  const time_point start = time.now();
  if (until_.passed(start)) {
    ec = asio::error::timed_out;
    co_return 0;
  }
  c.arm(std::min(until_, deadline::after(start, credit_.left())));
  auto reading = c.read_some(room, ec);
  const std::size_t n = co_await std::move(reading);
  c.arm(deadline{});
  credit_.spend(time.now() - start, n);
  co_return n;
}

}  // namespace tailrace::fetch
