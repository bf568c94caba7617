#include "fetch/byte_window.hpp"

#include <algorithm>
#include <cassert>

namespace tailrace::fetch {
namespace {

// Thousands of slow answers at once must not hold a large chunk each.
constexpr std::size_t first_chunk_bytes = 16384;

}  // namespace

std::span<std::byte> byte_window::room(std::optional<std::uint64_t> left) {
  if (!has_room()) {
    std::size_t size = end() == 0 ? first_chunk_bytes : chunk_bytes_max;
    // The last read of an answer finds nothing, but wants room.
    if (left) size = static_cast<std::size_t>(std::clamp<std::uint64_t>(*left, 1, size));
    size = std::min(size, bytes_max_ - kept_);
    if (size == 0) return {};
    auto memory = memory_.try_take(size, admission::use::window);
    if (!memory) return {};
    chunks_.push_back(std::make_shared<chunk>(end(), size, std::move(*memory)));
    kept_ += size;
  }
  chunk& last = *chunks_.back();
  return {last.bytes.get() + last.filled, last.capacity - last.filled};
}

byte_window::piece byte_window::at(std::uint64_t offset, std::size_t most) const {
  assert(begin() <= offset && offset < end());
  const auto after = std::upper_bound(
      chunks_.begin(), chunks_.end(), offset,
      [](std::uint64_t o, const std::shared_ptr<chunk>& c) { return o < c->start; });
  const std::shared_ptr<chunk>& c = *std::prev(after);
  const auto from = static_cast<std::size_t>(offset - c->start);
  return {{c->bytes.get() + from, std::min(most, c->filled - from)}, c};
}

void byte_window::drop_before(std::uint64_t offset) {
  auto kept = chunks_.begin();
  for (; kept != chunks_.end(); ++kept) {
    const chunk& oldest = **kept;
    if (oldest.filled < oldest.capacity || oldest.end() > offset) break;
    if (!dropped_) dropped_.emplace();
    dropped_->update({oldest.bytes.get(), oldest.filled});
    end_ = oldest.end();
    kept_ -= oldest.capacity;
  }
  chunks_.erase(chunks_.begin(), kept);
}

prefix_digest::value byte_window::digest_before(std::uint64_t offset) const {
  assert(begin() <= offset && offset <= end());
  prefix_digest all = dropped_ ? *dropped_ : prefix_digest();
  for (const auto& c : chunks_) {
    if (c->start >= offset) break;
    all.update({c->bytes.get(), static_cast<std::size_t>(std::min(c->end(), offset) - c->start)});
  }
  return all.of_all_so_far();
}

}  // namespace tailrace::fetch
