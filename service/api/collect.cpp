#include "api/collect.hpp"

#include <algorithm>

namespace tailrace::api {
namespace {

// The first piece; the next ones are as large as all before, so that no more is reserved than twice
// what has come.
constexpr std::size_t first_piece = 4096;

error too_large(std::uint64_t bytes_max, std::string_view limit) {
  return error(errc::body_too_large,
               "more than " + std::to_string(bytes_max) + " bytes (" + std::string(limit) + ")");
}

result<void> reserve(admission::budget::permit& held, admission::budget& memory,
                     std::uint64_t size) {
  if (size <= held.amount()) return {};
  auto more = memory.try_take(size - held.amount(), admission::use::source);
  if (!more) return error(errc::memory_exhausted, "the memory budget is used up");
  held.absorb(std::move(*more));
  return {};
}

}  // namespace

io::awaitable<result<collected>> collect(context& c, io::byte_source& source,
                                         std::uint64_t bytes_max, std::string_view limit,
                                         hash::hasher* digest, stage_times& stages) {
  if (const std::uint64_t capacity = c.process.memory.capacity(); capacity <= bytes_max) {
    bytes_max = std::max<std::uint64_t>(capacity, 1) - 1;  // and a byte to see that it ends there
    limit = "memory-budget-bytes";
  }
  const std::uint64_t most = source.size().value_or(bytes_max);
  if (most > bytes_max) co_return too_large(bytes_max, limit);
  collected all;
  // Address space for the largest that may come, with a byte to see that it ends there. Memory is
  // used only as it is written: nothing is cleared, nothing is copied to grow.
  const auto room = static_cast<std::size_t>(most) + 1;
  all.storage = std::make_unique_for_overwrite<std::byte[]>(room);
  for (;;) {
    const std::size_t piece =
        std::min({room - all.size, context::slice_bytes, std::max(first_piece, all.size)});
    const auto reserved = reserve(all.memory, c.process.memory, all.size + piece);
    if (reserved.has_error()) co_return reserved.error();
    const std::span<std::byte> slice(all.storage.get() + all.size, piece);
    const time_point began = c.thread.time.now();
    const auto n = co_await source.read_some(slice);
    const time_point received = c.thread.time.now();
    stages.add(stage::download, received - began);
    if (n.has_error()) co_return n.error();
    if (*n == 0) co_return all;
    all.size += *n;
    if (all.size > bytes_max) co_return too_large(bytes_max, limit);
    if (digest != nullptr) {
      digest->update(slice.first(*n));
      stages.add(stage::hash, c.thread.time.now() - received);
    }
  }
}

}  // namespace tailrace::api
