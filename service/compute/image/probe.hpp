// What an image's header says. Reads no pixels.
#pragma once
#include "core/error.hpp"
#include "core/image_options.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tailrace::image {

struct image_info {
  image_format format = image_format::other;
  // Of the first frame as it is stored, before it is turned upright.
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  std::uint64_t pages = 1;
  unsigned orientation = 1;  // EXIF, 1..8
  unsigned bands = 3;        // alpha included
  unsigned bytes_per_band = 1;
  bool alpha = false;
  bool progressive = false;       // JPEG, PNG: in several passes over the whole image
  bool lossless = false;          // WebP
  std::uint64_t strip_bytes = 0;  // TIFF: what it is decoded by; 0 where that is unknown

  std::uint64_t pixels() const noexcept { return width * height * pages; }
};

// Needs an engine. errc::not_an_image when it is none that we read, errc::image_truncated when it
// ends within its header. Any thread, many at once; takes microseconds, for SVG as long as parsing
// the document does.
result<image_info> probe(std::span<const std::byte> bytes);

}  // namespace tailrace::image
