// The body of an origin's 200, received straight into the caller's room. An origin that sends less
// than origin_rate_min_bytes_per_s is given up after body_rate_grace_ms, and at request::until.
#pragma once
#include "core/rate_credit.hpp"
#include "fetch/client.hpp"
#include "fetch/fetcher.hpp"
#include "fetch/response_body.hpp"

#include <memory>
#include <optional>

namespace tailrace::fetch {

class http_source final : public source {
 public:
  http_source(client& owner, answered a, const request& r);
  ~http_source() override;

  // origin_incomplete, body_too_large, origin_timeout.
  io::awaitable<result<std::size_t>> read_some(std::span<std::byte> room) override;
  std::optional<std::span<const std::byte>> take_whole() override;
  bool is_whole() const noexcept override;
  void serve(deadline until, io::cancellation* called_off) noexcept override;

 private:
  // Raw bytes into `room`: first what came with the head. An error or 0 as connection::read_some.
  io::awaitable<std::size_t> receive(std::span<std::byte> room, boost::system::error_code& ec);
  io::awaitable<result<std::size_t>> read_body(std::span<std::byte> room);
  error late() const;
  void end(outcome o) noexcept;

  client& owner_;
  origin_visit visit_;
  std::unique_ptr<connection> connection_;
  std::string key_;
  bool keep_alive_;
  deadline until_;
  response_body body_;
  rate_credit credit_;
  bool ended_ = false;
};

}  // namespace tailrace::fetch
