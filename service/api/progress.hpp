// Work that tells how far it has come: NDJSON, a line of progress every second, and as the last
// line the answer, or the error if lines have been sent by then.
#pragma once
#include "api/context.hpp"
#include "io/byte_source.hpp"
#include "io/exchange.hpp"

#include <cstdint>

namespace tailrace::api {

// Counts what is read through it.
class counted_source final : public io::byte_source {
 public:
  counted_source(io::byte_source& from, std::uint64_t& count) noexcept
      : from_(from), count_(count) {}

  io::awaitable<result<std::size_t>> read_some(std::span<std::byte> room) override;
  std::optional<std::uint64_t> size() const noexcept override { return from_.size(); }

 private:
  io::byte_source& from_;
  std::uint64_t& count_;
};

struct progress_figures {
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> total;  // as announced
};

// Runs `work`, which fills the text of e.answer with one line of JSON, and keeps `figures` true.
io::awaitable<result<void>> with_progress(context& c, io::exchange& e,
                                          const progress_figures& figures,
                                          io::awaitable<result<void>> work);

}  // namespace tailrace::api
