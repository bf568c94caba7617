// Bytes that arrive over time: an uploaded body, an origin's response, a local file. What hashes
// or collects does not care which.
#pragma once
#include "core/error.hpp"
#include "io/types.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace tailrace::io {

class byte_source {
 public:
  virtual ~byte_source() = default;

  // Reads at least one byte into `room` (never empty) and returns how many; 0 means the end was
  // reached and checked: every announced byte came. A short, broken or late source is an error,
  // never a 0. After an error or the end it must not be called again. One call at a time, on the
  // I/O thread that the source belongs to; `room` must stay valid until it completes.
  virtual awaitable<result<std::size_t>> read_some(std::span<std::byte> room) = 0;

  // All that is left, when it has been received and checked already: the source is then at its
  // end. The bytes stay where they are until the exchange they belong to has been answered. Spares
  // small bodies every wait and copy; a source that cannot tell has none.
  virtual std::optional<std::span<const std::byte>> take_whole() { return std::nullopt; }

  // Announced size in bytes, when there is one.
  virtual std::optional<std::uint64_t> size() const noexcept = 0;
};

}  // namespace tailrace::io
