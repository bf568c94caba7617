#include "compute/image/resize.hpp"

#include "compute/image/decode.hpp"
#include "compute/image/encode.hpp"
#include "compute/image/failure.hpp"
#include "compute/image/geometry.hpp"
#include "compute/image/sniff.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tailrace::image {
namespace {

using vips::VImage;

std::string in_pixels(std::uint64_t width, std::uint64_t height) {
  return std::to_string(width) + "x" + std::to_string(height);
}

result<void> check_source(const image_info& info, const limits& allowed) {
  if (info.pixels() <= allowed.image_pixels_max) return {};
  std::string size = in_pixels(info.width, info.height) + " pixels";
  if (info.pages > 1) size = std::to_string(info.pages) + " frames of " + size;
  return error{errc::image_too_large, "the source has " + size + ", the limit is " +
                                          std::to_string(allowed.image_pixels_max) + " in all"};
}

// Enlarging is the cheapest way to ask for much work, so the whole scaled image keeps to the
// limits, also where only a part of it is cut out; a scaled source that did not grow always does.
result<void> check_plan(const plan& planned, extent source, image_format format,
                        const limits& allowed) {
  const extent& scaled = planned.scaled;
  const rectangle& part = planned.crop;
  const bool grows = scaled.width > source.width || scaled.height > source.height;
  // A literal in libvips 8.14, a call that returns int in 8.16.
  const auto coordinate_max = static_cast<std::uint64_t>(VIPS_MAX_COORD);
  const bool scaled_fits = scaled.width <= coordinate_max && scaled.height <= coordinate_max &&
                           scaled.width * scaled.height <= allowed.image_pixels_max;
  if (grows && !scaled_fits)
    return error{errc::image_too_large, "the source would be enlarged to " +
                                            in_pixels(scaled.width, scaled.height) +
                                            " pixels, the limit is " +
                                            std::to_string(allowed.image_pixels_max) + " in all"};
  constexpr unsigned webp_side_max = 16383;  // RFC 9649
  const unsigned side_max = format == image_format::webp
                                ? std::min(webp_side_max, allowed.result_side_max)
                                : allowed.result_side_max;
  if (std::max(part.width, part.height) > side_max)
    return error{errc::image_too_large,
                 "the result would have " + in_pixels(part.width, part.height) +
                     " pixels, the limit is " + std::to_string(side_max) + " a side"};
  return {};
}

bool writable(image_format format, const limits& allowed) noexcept {
  return format == image_format::jpeg || format == image_format::png ||
         format == image_format::webp || (format == image_format::avif && allowed.writes_avif);
}

result<image_format> output_format(const image_info& info, const image_options& options,
                                   const limits& allowed) {
  if (!options.format) {
    if (writable(info.format, allowed)) return info.format;
    return info.alpha ? image_format::png : image_format::jpeg;
  }
  if (writable(*options.format, allowed)) return *options.format;
  return error{errc::bad_parameter, "format: this build cannot write " +
                                        std::string(name_of(*options.format)) +
                                        ", use jpg, png or webp"};
}

encoding encoding_as(image_format format, const image_options& options, const limits& allowed) {
  unsigned quality = allowed.jpeg_quality;
  if (format == image_format::webp) quality = allowed.webp_quality;
  if (format == image_format::avif) quality = allowed.avif_quality;
  return {format, options.quality.value_or(quality), allowed.avif_speed,
          options.strip_metadata.value_or(allowed.strip_metadata)};
}

VImage cut(const VImage& image, const rectangle& part) {
  return image.extract_area(static_cast<int>(part.left), static_cast<int>(part.top),
                            static_cast<int>(part.width), static_cast<int>(part.height));
}

// The pixels of the result, upright, and in memory or computed from there.
VImage produce(const VImage& opened, const image_info& info, std::span<const std::byte> source,
               const plan& planned, unsigned orientation, bool smart, const stop_condition& stop) {
  const extent stored = turned(planned.scaled, orientation);
  const double shrink = decoder_shrink(info.format, {info.width, info.height}, stored);
  VImage pipeline = scaled(shrink == 1 ? opened : open(info.format, source, shrink), stored);
  // Cut before it is computed and turned: nobody pays for pixels that are not shown.
  if (!smart) pipeline = cut(pipeline, as_stored(planned.crop, planned.scaled, orientation));
  VImage pixels = evaluate(pipeline, stop);
  if (orientation != 1) pixels = pixels.autorot();
  return pixels;
}

result<resized> run(std::span<const std::byte> source, const image_options& options,
                    const limits& allowed, const stop_condition& stop, image_format from) {
  const VImage opened = open(from, source);
  const image_info info = describe(opened, from);
  if (auto checked = check_source(info, allowed); !checked) return checked.error();
  const auto format = output_format(info, options, allowed);
  if (!format) return format.error();

  const unsigned orientation =
      options.auto_rotate.value_or(allowed.auto_rotate) ? info.orientation : 1;
  const extent upright = turned({info.width, info.height}, orientation);
  const plan planned = plan_resize(
      upright, options, from == image_format::svg ? source_kind::vector : source_kind::pixels);
  if (auto checked = check_plan(planned, upright, *format, allowed); !checked)
    return checked.error();

  const bool smart = options.gravity_at.type == gravity::kind::smart &&
                     extent{planned.crop.width, planned.crop.height} != planned.scaled;
  VImage pixels = produce(opened, info, source, planned, orientation, smart, stop);
  const time_point computed = stop.time.now();

  if (smart)
    pixels = pixels.smartcrop(static_cast<int>(planned.crop.width),
                              static_cast<int>(planned.crop.height),
                              VImage::option()->set("interesting", VIPS_INTERESTING_ATTENTION));
  body content = encode(pixels, encoding_as(*format, options, allowed), stop);
  return resized{std::move(content), *format, planned.crop.width, planned.crop.height,
                 stop.time.now() - computed};
}

}  // namespace

result<resized> resize(std::span<const std::byte> source, const image_options& options,
                       const limits& allowed, const stop_condition& stop) {
  const image_format from = sniff(source);
  if (from == image_format::other) return no_image(source);
  try {
    return run(source, options, allowed, stop, from);
  } catch (const given_up& early) {
    vips_error_clear();
    return error{early.why};
  } catch (const vips::VError&) {
    return undecodable(from, source);
  }
}

}  // namespace tailrace::image
