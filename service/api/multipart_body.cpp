#include "api/multipart_body.hpp"

#include "core/body.hpp"

#include <algorithm>
#include <cstring>

namespace tailrace::api {
namespace {

constexpr std::size_t buffer_bytes = context::slice_bytes;
static_assert(buffer_bytes >= http::multipart_parser::input_bytes_max);

}  // namespace

result<multipart_body> multipart_body::make(context& c, io::byte_source& body,
                                            std::string_view boundary) {
  auto memory = c.process.memory.try_take(buffer_bytes, admission::use::slice);
  if (!memory) return error(errc::memory_exhausted, "the memory budget is used up");
  return multipart_body(body, boundary, std::move(*memory));
}

multipart_body::multipart_body(io::byte_source& body, std::string_view boundary,
                               admission::budget::permit memory)
    : body_(&body),
      parser_(std::make_unique<http::multipart_parser>(boundary)),
      memory_(std::move(memory)),
      buffer_(std::make_unique_for_overwrite<std::byte[]>(buffer_bytes)) {}

std::string_view multipart_body::pending() const noexcept {
  return as_text({buffer_.get() + begin_, end_ - begin_});
}

// More behind what is pending.
io::awaitable<result<void>> multipart_body::receive() {
  std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  auto reading = body_->read_some({buffer_.get() + end_, buffer_bytes - end_});
  const auto n = co_await std::move(reading);
  if (n.has_error()) co_return n.error();
  received_all_ = *n == 0;
  end_ += *n;
  if (received_all_ && !parser_->ended())
    co_return error(errc::bad_request,
                    "multipart/form-data: the body ends before its last boundary");
  co_return result<void>();
}

io::awaitable<result<std::optional<http::part_head>>> multipart_body::next() {
  while (!received_all_) {
    const auto step = parser_->next(pending());
    if (step.has_error()) co_return step.error();
    begin_ += step->consumed;
    if (step->what == http::multipart_parser::event::part)
      co_return std::optional<http::part_head>(parser_->part());
    if (step->consumed > 0) continue;
    auto receiving = receive();
    const auto received = co_await std::move(receiving);
    if (received.has_error()) co_return received.error();
  }
  co_return std::optional<http::part_head>();
}

io::awaitable<result<std::size_t>> multipart_body::read_some(std::span<std::byte> room) {
  for (;;) {
    const auto step = parser_->next(pending());
    if (step.has_error()) co_return step.error();
    if (step->what == http::multipart_parser::event::data) {
      const std::size_t n = std::min(room.size(), step->data.size());
      std::memcpy(room.data(), step->data.data(), n);
      begin_ += n;
      co_return n;
    }
    begin_ += step->consumed;
    if (step->what == http::multipart_parser::event::part_end) co_return std::size_t{0};
    auto receiving = receive();
    const auto received = co_await std::move(receiving);
    if (received.has_error()) co_return received.error();
  }
}

}  // namespace tailrace::api
