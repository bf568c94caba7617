// Turns the raw bytes behind a response head into body bytes, in place, and knows when the body
// is whole. Pure.
#pragma once
#include "core/error.hpp"
#include "http/chunk_decoder.hpp"
#include "http/framing.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tailrace::fetch {

class response_body {
 public:
  // `bytes_max` 0 is no limit.
  response_body(const http::framing& framing, std::uint64_t bytes_max) noexcept;

  // How many raw bytes may be received at most into room of `n`: with a length, not one more than
  // belongs to the body.
  std::size_t wanted(std::size_t n) const noexcept;

  // `raw` was received, no more than wanted(). Moves the body bytes in it to its front and
  // returns how many: maybe none (only chunk framing so far). errc::origin_bad_response for broken
  // chunks, body_too_large beyond the limit. Not to be called once done().
  result<std::size_t> take(std::span<std::byte> raw);

  // The origin closed in an orderly way: the end of a body without a length, otherwise
  // errc::origin_incomplete.
  result<void> close();

  bool done() const noexcept { return done_; }

  // Bytes came behind the end: nothing on that connection can be trusted.
  bool overrun() const noexcept { return overrun_; }

 private:
  result<std::size_t> take_chunked(std::span<std::byte> raw);
  bool exceeds(std::size_t more) const noexcept;  // the limit, with so many more

  http::framing framing_;
  http::chunk_decoder chunks_{errc::origin_bad_response};
  std::uint64_t bytes_max_;
  std::uint64_t taken_ = 0;
  bool done_;
  bool overrun_ = false;
};

}  // namespace tailrace::fetch
