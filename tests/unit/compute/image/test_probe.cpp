#include "compute/image/probe.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/images.hpp"

using namespace tailrace;
using namespace tailrace::test;

TEST_CASE("probe: what the header says") {
  image_engine();
  const auto drawing = quadrants(60, 40);
  const std::pair<image_format, bytes> files[] = {
      {image_format::jpeg, as_jpeg(drawing)}, {image_format::png, as_png(drawing)},
      {image_format::webp, as_webp(drawing)}, {image_format::gif, as_gif(drawing)},
      {image_format::tiff, as_tiff(drawing)}, {image_format::avif, as_avif(drawing)}};
  for (const auto& [format, file] : files) {
    const auto info = image::probe(file);
    REQUIRE(info.has_value());
    CHECK(info->format == format);
    CHECK(info->width == 60);
    CHECK(info->height == 40);
    CHECK(info->pages == 1);
    CHECK(info->orientation == 1);
    CHECK(info->pixels() == 2400);
    // The GIF encoder reserves a transparent colour.
    if (format != image_format::gif) CHECK_FALSE(info->alpha);
    CHECK_FALSE(info->progressive);
    CHECK(info->bytes_per_band == 1);
  }
}

TEST_CASE("probe: alpha, depth and progressive coding") {
  image_engine();
  const auto clear = image::probe(as_png(filled(8, 8, {1, 2, 3, 4})));
  CHECK(clear->alpha);
  CHECK(clear->bands == 4);
  const auto deep = quadrants(8, 8).colourspace(VIPS_INTERPRETATION_RGB16);
  CHECK(image::probe(as_png(deep))->bytes_per_band == 2);
  const auto interlaced = vips::VImage::option()->set("interlace", true);
  CHECK(image::probe(taken(quadrants(64, 64).pngsave_buffer(interlaced)))->progressive);
  const auto progressive = vips::VImage::option()->set("interlace", true);
  CHECK(image::probe(taken(quadrants(64, 64).jpegsave_buffer(progressive)))->progressive);
}

TEST_CASE("probe: a header is enough, no more is read") {
  image_engine();
  const auto file = as_jpeg(noise(640, 480));
  const auto info = image::probe(std::span(file).first(800));
  REQUIRE(info.has_value());
  CHECK(info->width == 640);
  CHECK(image::probe(std::span(file).first(100)).error().code == errc::image_truncated);
}
