// A streamed answer in the chunked coding (RFC 9112 §7.1), or up to the end of the connection where
// the client speaks HTTP/1.0. Used again for one request after the other.
#pragma once
#include "io/answer_stream.hpp"
#include "io/exchange.hpp"
#include "net/connection.hpp"
#include "net/session_host.hpp"

#include <string>

namespace tailrace::net {

class chunked_answer final : public io::answer_stream {
 public:
  chunked_answer(session_host& host, connection& c, io::exchange& e) noexcept
      : host_(host), connection_(c), exchange_(e) {}

  // For each request anew. `keep_alive`: the connection may go on after this answer.
  void reset(bool keep_alive) noexcept;

  bool begun() const noexcept override { return begun_; }
  io::awaitable<result<void>> write(std::string_view piece) override;
  void abandon() noexcept override { abandoned_ = true; }

  // The mark of the end, unless the answer was abandoned. True when the client takes all there is.
  io::awaitable<bool> finish();

  // Once finished: whether another answer may follow on the connection.
  bool keeps_connection() const noexcept { return keep_alive_; }

 private:
  io::awaitable<bool> send(std::span<const std::byte> body);
  void begin();

  session_host& host_;
  connection& connection_;
  io::exchange& exchange_;
  std::string framing_;  // what goes before the next bytes of the body
  bool chunked_ = true;
  bool keep_alive_ = true;
  bool begun_ = false;
  bool abandoned_ = false;
  bool broken_ = false;  // the client does not take it
};

}  // namespace tailrace::net
