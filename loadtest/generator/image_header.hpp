// Format and dimensions of a JPEG, PNG or WebP file, from its first bytes. Pure; the bytes may be
// anything, and may end anywhere.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace tailrace::load {

enum class image_format : std::uint8_t { jpeg, png, webp };
std::string_view name_of(image_format f) noexcept;
std::optional<image_format> image_format_of(std::string_view name) noexcept;

struct image_header {
  image_format format;
  std::uint32_t width;
  std::uint32_t height;
};

// Nothing for other formats, for a beginning that is too short, and for a side of 0.
std::optional<image_header> read_image_header(std::string_view bytes) noexcept;

}  // namespace tailrace::load
