#include "compute/image/decode.hpp"

#include "compute/image/sniff.hpp"

#include <algorithm>
#include <memory>

namespace tailrace::image {
namespace {

using vips::VError;
using vips::VImage;
using vips::VOption;

struct unref_area {
  void operator()(VipsBlob* blob) const noexcept { vips_area_unref(VIPS_AREA(blob)); }
};
using blob_pointer = std::unique_ptr<VipsBlob, unref_area>;

// Refers to memory that is not ours to free.
blob_pointer view_of(std::span<const std::byte> bytes) {
  return blob_pointer(vips_blob_new(nullptr, bytes.data(), bytes.size()));
}

// 16-bit, CMYK and other sources that came through the above in another form.
VImage in_eight_bits(VImage image) {
  const bool grey = image.bands() < 3;
  const VipsInterpretation wanted = grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
  if (image.interpretation() != wanted) image = image.colourspace(wanted);
  if (image.format() != VIPS_FORMAT_UCHAR) image = image.cast(VIPS_FORMAT_UCHAR);
  return image;
}

bool is_set(const VImage& image, const char* field) {
  return image.get_typeof(field) == G_TYPE_INT && image.get_int(field) != 0;
}

// From libvips 8.15 on a PNG chunk with a wrong checksum is passed over below FAIL_ON_ERROR. JPEG
// decoders report errors that every viewer passes over, so there it is only the early end that
// counts.
VOption* load_options(image_format format, double shrink) {
  const bool strict = format == image_format::png;
  VOption* const options =
      VImage::option()
          ->set("access", VIPS_ACCESS_SEQUENTIAL)
          ->set("fail_on", strict ? VIPS_FAIL_ON_ERROR : VIPS_FAIL_ON_TRUNCATED);
  if (shrink == 1) return options;
  if (format == image_format::jpeg) return options->set("shrink", static_cast<int>(shrink));
  return options->set("scale", 1 / shrink);
}

}  // namespace

VImage open(image_format format, std::span<const std::byte> bytes, double shrink) {
  const blob_pointer blob = view_of(bytes);
  VOption* const options = load_options(format, shrink);
  switch (format) {
    case image_format::jpeg:
      return VImage::jpegload_buffer(blob.get(), options);
    case image_format::png:
      return VImage::pngload_buffer(blob.get(), options);
    case image_format::webp:
      return VImage::webpload_buffer(blob.get(), options);
    case image_format::gif:
      return VImage::gifload_buffer(blob.get(), options);
    case image_format::tiff:
      return VImage::tiffload_buffer(blob.get(), options);
    case image_format::avif:
    case image_format::heic:
      // libheif 1.19 asserts, and so ends the process, where a box reaches beyond the file.
      if (ends_early(format, bytes)) break;
      return VImage::heifload_buffer(blob.get(), options);
    case image_format::svg:
      return VImage::svgload_buffer(blob.get(), options);
    case image_format::other:
      break;
  }
  delete options;
  throw VError("no decoder");
}

double decoder_shrink(image_format format, extent source, extent target) noexcept {
  const double both =
      std::min(static_cast<double>(source.width) / static_cast<double>(target.width),
               static_cast<double>(source.height) / static_cast<double>(target.height));
  if (format == image_format::svg) return both;
  if (format == image_format::webp) return std::max(1.0, both);
  if (format != image_format::jpeg) return 1;
  for (const double shrink : {8, 4, 2})
    if (both >= shrink) return shrink;
  return 1;
}

image_info describe(const VImage& image, image_format format) {
  image_info info;
  info.format = format;
  info.width = static_cast<std::uint64_t>(image.width());
  info.height = static_cast<std::uint64_t>(image.height());
  info.pages = static_cast<std::uint64_t>(vips_image_get_n_pages(image.get_image()));
  info.orientation = static_cast<unsigned>(vips_image_get_orientation(image.get_image()));
  info.bands = static_cast<unsigned>(image.bands());
  info.bytes_per_band = static_cast<unsigned>(VIPS_IMAGE_SIZEOF_ELEMENT(image.get_image()));
  info.alpha = image.has_alpha();
  info.progressive = is_set(image, "interlaced") || is_set(image, "jpeg-multiscan");
  return info;
}

VImage scaled(const VImage& opened, extent size) {
  VOption* const options = VImage::option()
                               ->set("height", static_cast<int>(size.height))
                               ->set("size", VIPS_SIZE_FORCE)
                               ->set("no_rotate", true);
  // Without an embedded profile libvips converts by the colour space of the file alone, which is
  // right and cheaper than a transformation between two profiles.
  if (opened.get_typeof(VIPS_META_ICC_NAME) != 0) options->set("export_profile", "srgb");
  return in_eight_bits(opened.thumbnail_image(static_cast<int>(size.width), options));
}

VImage evaluate(const VImage& pipeline, const stop_condition& stop) {
  VImage memory(vips_image_new_memory());
  if (vips_image_pipelinev(memory.get_image(), VIPS_DEMAND_STYLE_THINSTRIP, pipeline.get_image(),
                           nullptr) != 0)
    throw VError();

  int tile_width = 0;
  int strip = 0;
  int buffered = 0;
  vips_get_tile_size(pipeline.get_image(), &tile_width, &strip, &buffered);
  const vips::VRegion region = pipeline.region();
  for (int top = 0; top < pipeline.height(); top += strip) {
    if (const auto why = stop.reached()) throw given_up{*why};
    const int lines = std::min(strip, pipeline.height() - top);
    region.prepare(0, top, pipeline.width(), lines);
    for (int y = top; y < top + lines; ++y)
      if (vips_image_write_line(memory.get_image(), y, region.addr(0, y)) != 0) throw VError();
  }
  return memory;
}

}  // namespace tailrace::image
