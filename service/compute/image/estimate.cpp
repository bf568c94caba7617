#include "compute/image/decode.hpp"
#include "compute/image/geometry.hpp"
#include "compute/image/resize.hpp"

#include <algorithm>

// The constants are measured (libvips 8.14 and 8.16, peak resident size of one job over the process
// before it; photographs and noise up to 32 megapixels, every format): the estimate was between
// 0.65 and 2 times that, in most cases 1 to 1.5 times; tests/component/test_image_memory.cpp looks
// again.
namespace tailrace::image {
namespace {

// Codec state and tables, whatever the size.
constexpr std::uint64_t base_bytes = 2 << 20;

std::uint64_t pixels_of(extent e) noexcept {
  return e.width * e.height;
}

// What a decoder holds for each pixel that it delivers, when it cannot go line by line.
std::uint64_t decoder_bytes_per_pixel(const image_info& info) noexcept {
  const std::uint64_t pixel = info.bands * info.bytes_per_band;
  switch (info.format) {
    case image_format::png:
      return info.progressive ? pixel : 0;
    case image_format::webp:
      return 4;
    case image_format::gif:
      return 4;
    case image_format::tiff:
      // A file may be one strip, which takes all of it, or many, which take next to nothing; its
      // header does not tell us. So far between them that either is within a factor of two.
      return pixel * 2 / 3;
    case image_format::avif:
    case image_format::heic:
      return 6;
    default:
      return 0;
  }
}

// What a decoder holds for each pixel of the source, however small it delivers the image: a
// progressive JPEG all coefficients, 16 bits each and half as many again for the colours; WebP the
// transparency.
std::uint64_t source_bytes_per_pixel(const image_info& info) noexcept {
  if (info.format == image_format::jpeg && info.progressive) return 3;
  return info.format == image_format::webp && info.alpha ? 2 : 0;
}

// Lines pass through several windows on their way from the decoder through the resizing, together
// about this many; with alpha they are twice as wide on the way, as numbers of more bytes: three
// times with libvips 8.14, once with 8.16.
std::uint64_t window_bytes(const image_info& info, extent decoded, bool resized) noexcept {
  constexpr std::uint64_t lines_max = 2500;
  const std::uint64_t lines = std::min(decoded.height * 3 / 2, lines_max);
  const std::uint64_t line = decoded.width * info.bands * info.bytes_per_band;
  return lines * line * (info.alpha && resized ? 2 : 1);
}

// What the encoder holds for a pixel, and the file that it makes of it. WebP writes transparency
// without loss: 19 bytes where it is the same everywhere, up to 40 where it is noise.
std::uint64_t encoder_bytes_per_pixel(image_format format, bool alpha) noexcept {
  if (format == image_format::avif) return 24;
  if (format == image_format::webp) return alpha ? 16 : 8;
  return 4;
}

}  // namespace

std::uint64_t estimate_peak_bytes(const image_info& info, const image_options& options,
                                  const limits& allowed) noexcept {
  const unsigned orientation =
      options.auto_rotate.value_or(allowed.auto_rotate) ? info.orientation : 1;
  const extent source{info.width, info.height};
  const bool vector = info.format == image_format::svg;
  const plan planned = plan_resize(turned(source, orientation), options,
                                   vector ? source_kind::vector : source_kind::pixels);
  const extent scaled = turned(planned.scaled, orientation);
  const double shrink = decoder_shrink(info.format, source, scaled);
  const auto shrunk = [shrink](std::uint64_t side) {
    return static_cast<std::uint64_t>(static_cast<double>(side) / shrink) + 1;
  };
  const extent decoded{shrunk(source.width), shrunk(source.height)};

  const bool smart = options.gravity_at.type == gravity::kind::smart;
  const std::uint64_t result = planned.crop.width * planned.crop.height;
  const std::uint64_t kept = smart ? pixels_of(planned.scaled) : result;
  return base_bytes + pixels_of(source) * source_bytes_per_pixel(info) +
         pixels_of(decoded) * decoder_bytes_per_pixel(info) +
         window_bytes(info, decoded, scaled != source) + kept * info.bands +
         result * encoder_bytes_per_pixel(options.format.value_or(info.format), info.alpha);
}

}  // namespace tailrace::image
