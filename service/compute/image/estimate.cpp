#include "compute/image/decode.hpp"
#include "compute/image/geometry.hpp"
#include "compute/image/resize.hpp"

#include <algorithm>

// The constants are measured: the peak resident size of one job over the process before it, with
// libvips 8.14 and 8.16, which differ by up to a factor of two themselves. For photographs and
// noise of 3 to 27 megapixels, in every format and form, to results of every size, the estimate was
// between 0.54 and 2 times that where the peak was over 4 MB, and up to 7 MB more where it was not.
// tests/component/test_image_memory.cpp looks again.
namespace tailrace::image {
namespace {

// Codec state and tables, whatever the size.
constexpr std::uint64_t base_bytes = 5 << 19;

// The transformation between two profiles, which CMYK needs.
constexpr std::uint64_t profile_bytes = 6 << 20;

std::uint64_t pixels_of(extent e) noexcept {
  return e.width * e.height;
}

// What a decoder holds beside the lines that it delivers, however small it delivers the image.
std::uint64_t decoder_state_bytes(const image_info& info) noexcept {
  const std::uint64_t pixels = info.width * info.height;
  const std::uint64_t pixel = info.bands * info.bytes_per_band;
  switch (info.format) {
    case image_format::jpeg:
      // All coefficients, 16 bits each: one for each pixel and band, or half as many where the
      // colours are coarser; so many are between the two.
      return info.progressive ? pixels * pixel * 3 / 2 : 0;
    case image_format::png:
      return info.progressive ? pixels * pixel : 0;
    case image_format::webp:
      // VP8L all pixels, 4 bytes each, or 2 with a palette; VP8 only the transparency.
      if (info.lossless) return pixels * 7 / 2;
      return info.alpha ? pixels * 3 / 2 : 0;
    case image_format::gif:
      return pixels * 4;
    case image_format::tiff:
      return info.strip_bytes;
    case image_format::avif:
    case image_format::heic:
      return pixels * 6;
    default:
      return 0;
  }
}

// Lines pass through several windows on their way from the decoder through the resizing, together
// about this many. Deep pixels become bytes on the way; `widened` are those that are multiplied
// by their alpha there.
std::uint64_t window_bytes(const image_info& info, extent decoded, bool widened) noexcept {
  constexpr std::uint64_t lines_max = 2500;
  const std::uint64_t lines = std::min(decoded.height * 3 / 2, lines_max);
  const std::uint64_t line = decoded.width * info.bands * (info.bytes_per_band + 1) / 2;
  return lines * line * (widened ? 2 : 1);
}

// What the encoder holds for a pixel, and the file that it makes of it. WebP writes transparency
// without loss: 19 bytes where it is the same everywhere, up to 40 where it is noise.
std::uint64_t encoder_bytes_per_pixel(image_format format, const image_info& info) noexcept {
  if (format == image_format::avif) return 24;
  if (format == image_format::webp) return info.alpha ? 20 : 8;
  return info.bands + 1;
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

  // Of those with alpha, WebP and SVG come from the decoder at their final size.
  const bool widened = info.alpha && scaled != source && shrink == 1;
  const bool cmyk = info.bands > 3 && !info.alpha;

  const bool smart = options.gravity_at.type == gravity::kind::smart;
  const std::uint64_t result = planned.crop.width * planned.crop.height;
  const std::uint64_t kept = smart ? pixels_of(planned.scaled) : result;
  const std::uint64_t behind =
      window_bytes(info, decoded, widened) + kept * info.bands +
      result * encoder_bytes_per_pixel(options.format.value_or(info.format), info);
  const std::uint64_t fixed = base_bytes + (cmyk ? profile_bytes : 0);
  const std::uint64_t state = decoder_state_bytes(info);
  if (info.format != image_format::webp) return fixed + state + behind;
  // Decoded as a whole before the first line goes on; of a single image the decoder has ended then.
  const std::uint64_t whole = pixels_of(decoded) * 4;
  return fixed + whole + (info.pages == 1 ? std::max(state, behind) : state + behind);
}

}  // namespace tailrace::image
