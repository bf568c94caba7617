#include "compute/image/webp_exif.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace tailrace::image {
namespace {

// RFC 9649: a RIFF header of 12 bytes, then chunks of name, little-endian length and data, padded
// to an even length.
constexpr std::size_t riff_header_bytes = 12;
constexpr std::size_t chunk_header_bytes = 8;
constexpr std::size_t flags_at = riff_header_bytes + chunk_header_bytes;  // in VP8X, the first
constexpr std::byte exif_flag{0x08};

std::uint32_t number(std::span<const std::byte> file, std::size_t at) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;)
    value = value << 8 | std::to_integer<std::uint32_t>(file[at + i]);
  return value;
}

void set_number(std::vector<std::byte>& file, std::size_t at, std::size_t value) {
  for (std::size_t i = 0; i < 4; ++i) file[at + i] = std::byte(value >> (8 * i) & 0xff);
}

}  // namespace

body without_exif(const body& webp) {
  const std::span<const std::byte> file = webp.bytes();
  if (file.size() <= flags_at || as_text(file.subspan(riff_header_bytes, 4)) != "VP8X" ||
      (file[flags_at] & exif_flag) == std::byte{0})
    return webp;

  std::vector<std::byte> kept(file.begin(), file.begin() + riff_header_bytes);
  kept.reserve(file.size());
  for (std::size_t at = riff_header_bytes; at + chunk_header_bytes <= file.size();) {
    const std::size_t length = number(file, at + 4);
    const std::size_t whole = std::min(chunk_header_bytes + length + length % 2, file.size() - at);
    const auto chunk = file.subspan(at, whole);
    if (as_text(chunk.first(4)) != "EXIF") kept.insert(kept.end(), chunk.begin(), chunk.end());
    at += whole;
  }
  set_number(kept, 4, kept.size() - chunk_header_bytes);
  kept[flags_at] &= ~exif_flag;
  return body(std::move(kept));
}

}  // namespace tailrace::image
