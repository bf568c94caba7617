#include "net/chunked_answer.hpp"

#include "core/body.hpp"

#include <array>
#include <charconv>

namespace tailrace::net {

void chunked_answer::reset(bool keep_alive) noexcept {
  keep_alive_ = keep_alive;
  begun_ = abandoned_ = broken_ = false;
}

void chunked_answer::begin() {
  begun_ = true;
  rate_ = rate_credit(host_.limits.rate_grace, host_.limits.rate_min_bytes_per_s);
  chunked_ = exchange_.head.version != http::version::http_1_0;
  keep_alive_ = keep_alive_ && chunked_ && !host_.draining() && !exchange_.answer.close;
  exchange_.answer.streamed = true;
  framing_.clear();
  http::append_head(framing_, exchange_.answer,
                    {exchange_.head.version, keep_alive_, host_.date.line()});
}

io::awaitable<result<void>> chunked_answer::write(std::string_view piece) {
  if (broken_) co_return error(errc::client_gone);
  if (!begun_) begin();
  if (chunked_ && !piece.empty()) {
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16);
    framing_.append(digits.data(), end.ptr).append("\r\n");
  }
  const bool sent = co_await send(as_bytes(piece));
  if (!sent) co_return error(errc::client_gone, "the client does not take the answer");
  // Goes out with the next chunk: a segment less for each.
  if (chunked_ && !piece.empty()) framing_.append("\r\n");
  co_return result<void>();
}

io::awaitable<bool> chunked_answer::finish() {
  if (broken_) co_return false;
  keep_alive_ = keep_alive_ && !abandoned_;
  if (chunked_ && !abandoned_) framing_.append("0\r\n\r\n");
  co_return co_await send({});
}

io::awaitable<bool> chunked_answer::send(std::span<const std::byte> body) {
  boost::system::error_code ec;
  co_await connection_.write(framing_, body, rate_, ec);
  framing_.clear();
  broken_ = ec.failed();
  keep_alive_ = keep_alive_ && !broken_;
  co_return !broken_;
}

}  // namespace tailrace::net
