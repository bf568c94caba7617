#include "compute/image/layout.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/images.hpp"

using namespace tailrace;
using namespace tailrace::test;

namespace {

vips::VOption* option(const char* name, int value) {
  return vips::VImage::option()->set(name, value);
}

}  // namespace

TEST_CASE("layout: whether a WebP file is lossless") {
  image_engine();
  const auto opaque = quadrants(60, 40);
  const auto clear = opaque.bandjoin(200);
  for (const auto& drawing : {opaque, clear}) {
    CHECK_FALSE(image::webp_is_lossless(taken(drawing.webpsave_buffer())));
    CHECK(image::webp_is_lossless(taken(drawing.webpsave_buffer(option("lossless", 1)))));
  }
  // Two frames of 60 by 40, one above the other.
  const auto frames = opaque.join(opaque.invert(), VIPS_DIRECTION_VERTICAL);
  const auto animated = [&frames](vips::VOption* with) {
    auto tall = frames.copy();
    tall.set("page-height", 40);
    return taken(tall.webpsave_buffer(with));
  };
  CHECK_FALSE(image::webp_is_lossless(animated(option("Q", 80))));
  CHECK(image::webp_is_lossless(animated(option("lossless", 1))));
}

TEST_CASE("layout: a WebP file that cannot be read counts as lossless, cut anywhere") {
  image_engine();
  const auto file = taken(quadrants(60, 40).webpsave_buffer());
  for (std::size_t size = 0; size < file.size(); ++size)
    CHECK(image::webp_is_lossless(std::span(file).first(size)));
}

TEST_CASE("layout: the strips and tiles of a TIFF file") {
  image_engine();
  const auto drawing = noise(600, 400);
  const auto tiled = [] {
    return option("tile", 1)->set("tile_width", 256)->set("tile_height", 128);
  };
  // libvips writes strips of 128 lines.
  CHECK(image::tiff_strip_bytes(taken(drawing.tiffsave_buffer())) == 600 * 128 * 3);
  CHECK(image::tiff_strip_bytes(taken(drawing.tiffsave_buffer(option("bigtiff", 1)))) ==
        600 * 128 * 3);
  // Three tiles of 256 are as wide as the image.
  CHECK(image::tiff_strip_bytes(taken(drawing.tiffsave_buffer(tiled()))) == 3 * 256 * 128 * 3);
  const auto deep = drawing.colourspace(VIPS_INTERPRETATION_RGB16);
  CHECK(image::tiff_strip_bytes(taken(deep.tiffsave_buffer(tiled()))) == 3 * 256 * 128 * 6);
}

TEST_CASE("layout: of a TIFF file that is cut the strips are known or not, and nothing else") {
  image_engine();
  for (const bool tile : {false, true}) {
    const auto file = taken(quadrants(60, 40).tiffsave_buffer(option("tile", tile ? 1 : 0)));
    const auto whole = image::tiff_strip_bytes(file);
    CHECK(whole > 0);
    for (std::size_t size = 0; size < file.size(); ++size) {
      const auto known = image::tiff_strip_bytes(std::span(file).first(size));
      CHECK((known == 0 || known == whole));
    }
  }
}
