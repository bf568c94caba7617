// How inputs are split, so that what is fuzzed sees them as a network would deliver them.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace tailrace::fuzz {

// The bits of an input's first byte. Written so that '0' clears them all and seeds can be read.
inline unsigned switches_of(std::string_view input) noexcept {
  return input.empty() ? 0U : static_cast<unsigned char>(input.front()) ^ 0x30U;
}

inline std::string_view without_switches(std::string_view input) noexcept {
  return input.substr(input.empty() ? 0 : 1);
}

// Bytes in each piece, by the lowest three bits.
inline std::size_t piece_size(unsigned switches) noexcept {
  constexpr std::array<std::size_t, 8> sizes{1, 2, 3, 5, 8, 21, 89, 377};
  return sizes[switches & 7U];
}

// The pieces of a text, one after the other.
class pieces {
 public:
  pieces(std::string_view text, std::size_t size) noexcept : rest_(text), size_(size) {}

  bool left() const noexcept { return !rest_.empty(); }
  std::string_view next() noexcept {
    const std::string_view piece = rest_.substr(0, size_);
    rest_.remove_prefix(piece.size());
    return piece;
  }

 private:
  std::string_view rest_;
  std::size_t size_;
};

}  // namespace tailrace::fuzz
