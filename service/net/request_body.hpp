// The body of the request that a connection is receiving, as a byte source. Checks length and
// chunk framing, sends "100 Continue" when the handler first asks for bytes, and holds the client
// to a minimum rate.
#pragma once
#include "core/body.hpp"
#include "core/rate_credit.hpp"
#include "http/chunk_decoder.hpp"
#include "http/framing.hpp"
#include "io/byte_source.hpp"
#include "io/cancellation.hpp"
#include "net/connection.hpp"

#include <cstdint>

namespace tailrace::net {

class request_body final : public io::byte_source, io::cancellation::waiter {
 public:
  explicit request_body(connection& c) noexcept : connection_(c) {}

  // For each request anew. `until` bounds the whole body besides the rate; it may still change.
  void begin(const http::framing& f, rate_credit rate, const deadline& until,
             io::cancellation& called_off);

  // errc::bad_request for bad framing or an early end, request_timeout when too slow, client_gone
  // when the connection breaks; the reason when the request is called off.
  io::awaitable<result<std::size_t>> read_some(std::span<std::byte> room) override;
  std::optional<std::uint64_t> size() const noexcept override;
  std::optional<std::span<const std::byte>> take_whole() override;

  // Everything has been received; false also after an error.
  bool complete() const noexcept { return complete_; }

  // Takes what has been received already and forgets it: framing that is wrong in there must be
  // known before the answer says that the connection goes on.
  void skip_received();

  // Whether what is left may be skipped to keep the connection: it is small, and the client is
  // sending it without waiting for leave.
  bool worth_skipping() const noexcept;

 private:
  io::awaitable<result<std::size_t>> read_length(std::span<std::byte> room);
  io::awaitable<result<std::size_t>> read_chunked(std::span<std::byte> room);
  io::awaitable<result<std::size_t>> receive(std::span<std::byte> room);
  io::awaitable<result<void>> receive_framing();
  void wake() noexcept override { connection_.expire(); }
  void arm() noexcept;
  void disarm(std::size_t received) noexcept;
  result<std::size_t> decode(std::span<std::byte> room);

  connection& connection_;
  http::framing framing_;
  http::chunk_decoder chunks_{errc::bad_request};
  rate_credit rate_{{}, 0};
  const deadline* until_ = nullptr;
  io::cancellation* called_off_ = nullptr;
  std::uint64_t received_ = 0;  // of the body
  time_point waiting_since_;
  bool continue_due_ = false;
  bool complete_ = true;
  bool failed_ = false;
};

}  // namespace tailrace::net
