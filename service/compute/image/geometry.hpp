// Where the pixels of a result come from: pure arithmetic on sizes, with the meaning that imgproxy
// gives to its resizing types and gravities. No function here fails; a result is never 0 pixels.
// Sizes are 64 bits wide because what a request asks for may be absurd: check before use.
#pragma once
#include "core/image_options.hpp"

#include <cstdint>

namespace tailrace::image {

struct extent {
  std::uint64_t width = 1;
  std::uint64_t height = 1;

  friend bool operator==(const extent&, const extent&) = default;
};

struct rectangle {
  std::uint64_t left = 0;
  std::uint64_t top = 0;
  std::uint64_t width = 1;
  std::uint64_t height = 1;

  friend bool operator==(const rectangle&, const rectangle&) = default;
};

// First the whole image is resized to `scaled`, then `crop` is cut out of that. With smart gravity
// only the size of `crop` counts, its place is found by looking at the pixels.
struct plan {
  extent scaled;
  rectangle crop;
};

enum class source_kind : std::uint8_t { pixels, vector };

// `source` is upright, neither side 0. A vector image has no pixels to enlarge, so it is always
// scaled as far as asked.
plan plan_resize(extent source, const image_options& options,
                 source_kind kind = source_kind::pixels) noexcept;

// EXIF orientations 5 to 8 lie on their side: their stored width is the upright height.
constexpr bool swaps_sides(unsigned orientation) noexcept {
  return orientation >= 5 && orientation <= 8;
}

constexpr extent turned(extent e, unsigned orientation) noexcept {
  return swaps_sides(orientation) ? extent{e.height, e.width} : e;
}

// The place of `part` (of an upright image of size `upright`) in the image as it is stored, before
// it is turned upright as its EXIF orientation (1..8) demands.
rectangle as_stored(rectangle part, extent upright, unsigned orientation) noexcept;

}  // namespace tailrace::image
