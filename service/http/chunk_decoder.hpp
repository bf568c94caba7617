// Decodes the chunked transfer coding (RFC 9112 §7.1), strictly: hexadecimal sizes only, CRLF
// only, chunk extensions and trailers within small limits, no trailer that frames or routes.
// Pure and incremental; used for uploads and for origins alike.
#pragma once
#include "core/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace tailrace::http {

class chunk_decoder {
 public:
  struct step {
    std::size_t consumed = 0;         // bytes of the input that are dealt with
    std::span<const std::byte> data;  // body bytes within the input; may be empty
  };

  // Refusals carry `refusal`: errc::bad_request or errc::origin_bad_response.
  explicit chunk_decoder(errc refusal) noexcept : refusal_(refusal) {}

  // Consumes up to and including the next run of body bytes. Call again while input is left and
  // done() is false; bytes behind the end are not consumed. An error consumes nothing: given one
  // byte at a time, the byte that was refused is refused again.
  result<step> next(std::span<const std::byte> input);

  // The last chunk and the trailer section are complete.
  bool done() const noexcept { return state_ == state::done; }

  // Body bytes of the current chunk that may be received without passing through next();
  // `take` says how many were.
  std::uint64_t data_left() const noexcept { return state_ == state::data ? left_ : 0; }
  void take(std::uint64_t n) noexcept;

 private:
  enum class state : std::uint8_t {
    size_first,
    size,
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,
    trailer_lf,
    done
  };

  result<void> feed(char c);
  result<void> feed_size(char c);
  result<void> feed_trailer(char c);
  result<void> end_size_line();
  result<void> end_trailer_line();
  error refuse(const char* why) const { return error(refusal_, why); }

  errc refusal_;
  state state_ = state::size_first;
  std::uint64_t left_ = 0;
  std::size_t digits_ = 0;
  std::size_t extension_bytes_ = 0;  // of the whole body
  std::size_t trailer_bytes_ = 0;
  std::string line_;  // the trailer line being received
};

}  // namespace tailrace::http
