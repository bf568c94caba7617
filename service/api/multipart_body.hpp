// The parts of a multipart/form-data body, one after the other, each a byte source of its own.
#pragma once
#include "api/context.hpp"
#include "http/multipart.hpp"
#include "io/byte_source.hpp"

#include <memory>
#include <optional>
#include <string_view>

namespace tailrace::api {

class multipart_body final : public io::byte_source {
 public:
  // memory_exhausted when there is no room for its buffer.
  static result<multipart_body> make(context& c, io::byte_source& body, std::string_view boundary);

  // The head of the next part, whose bytes are then to be read to their end; none after the last,
  // when the body has been read to its end, too. Errors: the body's; bad_request.
  io::awaitable<result<std::optional<http::part_head>>> next();

  // Of the part.
  io::awaitable<result<std::size_t>> read_some(std::span<std::byte> room) override;
  std::optional<std::uint64_t> size() const noexcept override { return std::nullopt; }

 private:
  multipart_body(io::byte_source& body, std::string_view boundary,
                 admission::budget::permit memory);

  std::string_view pending() const noexcept;
  io::awaitable<result<void>> receive();

  io::byte_source* body_;
  std::unique_ptr<http::multipart_parser> parser_;
  admission::budget::permit memory_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool received_all_ = false;
};

}  // namespace tailrace::api
