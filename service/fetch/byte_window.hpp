// The latest bytes of a stream, kept for several who read it at their own pace. They lie in chunks
// that are filled once and never moved, out of the memory budget. Knows nothing of readers or
// threads: whoever owns it locks it; what piece() gave stays valid and unchanged without the lock.
#pragma once
#include "admission/budget.hpp"
#include "fetch/prefix_digest.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tailrace::fetch {

class byte_window {
  struct chunk {
    chunk(std::uint64_t from, std::size_t size, admission::budget::permit m)
        : start(from),
          capacity(size),
          bytes(std::make_unique_for_overwrite<std::byte[]>(size)),
          memory(std::move(m)) {}

    std::uint64_t end() const noexcept { return start + filled; }

    const std::uint64_t start;
    const std::size_t capacity;
    std::size_t filled = 0;
    const std::unique_ptr<std::byte[]> bytes;
    const admission::budget::permit memory;
  };

 public:
  // So much is received at once at most.
  static constexpr std::size_t chunk_bytes_max = 65536;

  byte_window(admission::budget& memory, std::size_t bytes_max) noexcept
      : memory_(memory), bytes_max_(bytes_max) {}

  // Where the next bytes go, at most `left` of them when that is known; empty when as many are
  // kept as may be, or the budget is used up. Valid until the next call.
  std::span<std::byte> room(std::optional<std::uint64_t> left);

  // Whether that is the beginning of a chunk.
  bool begins_chunk() const noexcept { return !chunks_.empty() && chunks_.back()->filled == 0; }

  // So many bytes were written to the beginning of the room.
  void add(std::size_t n) noexcept { chunks_.back()->filled += n; }

  // What is kept: [begin, end), counted from the beginning of the stream.
  std::uint64_t begin() const noexcept { return chunks_.empty() ? end_ : chunks_.front()->start; }
  std::uint64_t end() const noexcept { return chunks_.empty() ? end_ : chunks_.back()->end(); }
  // Where the oldest of what is dropped together ends.
  std::uint64_t end_of_oldest() const noexcept {
    return chunks_.empty() ? end_ : chunks_.front()->end();
  }

  struct piece {
    std::span<const std::byte> bytes;
    std::shared_ptr<const chunk> keeps;
  };
  // At most `most` bytes from `offset` on, which lies in [begin, end).
  piece at(std::uint64_t offset, std::size_t most) const;

  // Drops chunks that end at or before `offset`, when they are full.
  void drop_before(std::uint64_t offset);

  // Of all bytes before `offset`, which lies in [begin, end].
  prefix_digest::value digest_before(std::uint64_t offset) const;

 private:
  bool has_room() const noexcept {
    return !chunks_.empty() && chunks_.back()->filled < chunks_.back()->capacity;
  }

  admission::budget& memory_;
  const std::size_t bytes_max_;
  std::vector<std::shared_ptr<chunk>> chunks_;
  std::size_t kept_ = 0;                  // capacity of all chunks
  std::uint64_t end_ = 0;                 // when there is no chunk
  std::optional<prefix_digest> dropped_;  // of what is not kept any more
};

}  // namespace tailrace::fetch
