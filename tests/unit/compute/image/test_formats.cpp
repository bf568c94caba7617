// Formats in and out: what is written, with which quality, transparency, colours and metadata.
#include "compute/image/sniff.hpp"
#include "compute/image/webp_exif.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/images.hpp"

using namespace tailrace;
using namespace tailrace::test;

namespace {

image_options as_format(std::optional<image_format> format) {
  image_options options;
  options.width = 32;
  options.format = format;
  return options;
}

// Half of it is see-through green.
vips::VImage with_alpha(int width, int height) {
  const auto clear = filled(width / 2, height, {0, 255, 0, 0});
  const auto solid = filled(width / 2, height, {0, 0, 255, 255});
  return clear.join(solid, VIPS_DIRECTION_HORIZONTAL);
}

bool has_field(const body& file, const char* field) {
  return vips::VImage::new_from_buffer(file.bytes().data(), file.size(), "").get_typeof(field) != 0;
}

}  // namespace

TEST_CASE("formats: every pair of what is read and what is written") {
  const bool avif = image_engine().writes_avif();
  const auto drawing = quadrants(64, 64);
  for (const auto& source :
       {as_png(drawing), as_jpeg(drawing), as_webp(drawing), as_gif(drawing), as_tiff(drawing)})
    for (const auto format :
         {image_format::jpeg, image_format::png, image_format::webp, image_format::avif}) {
      if (format == image_format::avif && !avif) continue;
      INFO(image::name_of(image::sniff(source)) << " to " << image::name_of(format));
      const auto done = test::resize(source, as_format(format));
      REQUIRE(done.has_value());
      CHECK(done->format == format);
      CHECK(image::sniff(done->content.bytes()) == format);
      CHECK(similar(decoded(done->content.bytes()).getpoint(4, 4), red));
    }
}

TEST_CASE("formats: not asked for, it is that of the source where we can write it") {
  image_engine();
  const auto drawing = quadrants(64, 64);
  CHECK(test::resize(as_jpeg(drawing), as_format({}))->format == image_format::jpeg);
  CHECK(test::resize(as_png(drawing), as_format({}))->format == image_format::png);
  CHECK(test::resize(as_webp(drawing), as_format({}))->format == image_format::webp);
  CHECK(test::resize(as_tiff(drawing), as_format({}))->format == image_format::jpeg);
  CHECK(test::resize(as_tiff(with_alpha(64, 64)), as_format({}))->format == image_format::png);
}

TEST_CASE("formats: a build without an AV1 encoder says so") {
  image_engine();
  image::limits allowed;
  allowed.writes_avif = false;
  const auto source = as_png(quadrants(16, 16));
  const auto refused = test::resize(source, as_format(image_format::avif), allowed);
  REQUIRE(refused.has_error());
  CHECK(refused.error().code == errc::bad_parameter);
  CHECK(refused.error().detail == "format: this build cannot write avif, use jpg, png or webp");
  // An AVIF source then becomes something else, unasked.
  CHECK(test::resize(as_avif(quadrants(64, 64)), as_format({}), allowed)->format ==
        image_format::jpeg);
}

TEST_CASE("formats: transparency is kept, and white in JPEG") {
  const bool avif = image_engine().writes_avif();
  for (const auto& source : {as_png(with_alpha(64, 32)), as_webp(with_alpha(64, 32))}) {
    CHECK(image::probe(source)->alpha);
    for (const auto format : {image_format::png, image_format::webp, image_format::avif}) {
      if (format == image_format::avif && !avif) continue;
      INFO(image::name_of(format));
      const auto done = test::resize(source, as_format(format));
      REQUIRE(done.has_value());
      const auto pixels = decoded(done->content.bytes());
      REQUIRE(pixels.has_alpha());
      CHECK(pixels.getpoint(3, 8)[3] < 20);
      CHECK(pixels.getpoint(28, 8)[3] > 235);
      CHECK(similar(pixels.getpoint(28, 8), blue));
    }
    const auto flat = test::resize(source, as_format(image_format::jpeg));
    REQUIRE(flat.has_value());
    const auto pixels = decoded(flat->content.bytes());
    CHECK(pixels.bands() == 3);
    CHECK(similar(pixels.getpoint(3, 8), white));
    CHECK(similar(pixels.getpoint(28, 8), blue));
  }
}

TEST_CASE("formats: grey, grey with alpha, 16 bits, CMYK") {
  image_engine();
  const auto grey = filled(64, 64, red).colourspace(VIPS_INTERPRETATION_B_W);
  const auto grey_alpha = grey.bandjoin(vips::VImage::black(64, 64));
  const auto deep = quadrants(64, 64).colourspace(VIPS_INTERPRETATION_RGB16);
  const auto cmyk = quadrants(64, 64).colourspace(VIPS_INTERPRETATION_CMYK);
  for (const auto format : {image_format::jpeg, image_format::png, image_format::webp}) {
    INFO(image::name_of(format));
    for (const auto& source : {as_png(grey), as_png(grey_alpha), as_png(deep), as_tiff(deep),
                               as_jpeg(grey), as_jpeg(cmyk), as_tiff(cmyk)}) {
      const auto done = test::resize(source, as_format(format));
      REQUIRE(done.has_value());
      const auto pixels = decoded(done->content.bytes());
      CHECK(pixels.format() == VIPS_FORMAT_UCHAR);
      CHECK(pixels.interpretation() != VIPS_INTERPRETATION_CMYK);
    }
    const auto done = test::resize(as_png(deep), as_format(format));
    CHECK(similar(decoded(done->content.bytes()).getpoint(4, 4), red));
  }
  // What shines through grey is white too.
  const auto flat = test::resize(as_png(grey_alpha), as_format(image_format::jpeg));
  CHECK(decoded(flat->content.bytes()).getpoint(9, 9)[0] > 250);
}

TEST_CASE("formats: quality is the one asked for, else the operator's") {
  image_engine();
  const auto source = as_png(noise(200, 200));
  const auto size = [&](image_format format, std::optional<unsigned> quality,
                        const image::limits& allowed) {
    image_options options = as_format(format);
    options.width = 0;
    options.quality = quality;
    return test::resize(source, options, allowed)->content.size();
  };
  image::limits low;
  low.jpeg_quality = low.webp_quality = low.avif_quality = 10;
  for (const auto format : {image_format::jpeg, image_format::webp, image_format::avif}) {
    if (format == image_format::avif && !image_engine().writes_avif()) continue;
    INFO(image::name_of(format));
    CHECK(size(format, {}, low) < size(format, {}, {}));
    CHECK(size(format, {}, low) == size(format, 10, {}));
    CHECK(size(format, 100, low) > size(format, {}, {}));
  }
}

TEST_CASE("formats: metadata goes, or stays on request, and the colours are right both ways") {
  image_engine();
  // Display P3 numbers of pure sRGB red, with that profile and some EXIF.
  auto wide_gamut = filled(64, 64, red)
                        .icc_transform("p3", vips::VImage::option()->set("input_profile", "srgb"))
                        .copy();
  wide_gamut.set("exif-ifd0-Artist", "somebody (somebody, ASCII, 9 components, 9 bytes)");
  const bytes source = as_jpeg(wide_gamut);
  REQUIRE(decoded(source).getpoint(4, 4)[0] < 240);

  for (const auto format : {image_format::jpeg, image_format::png, image_format::webp}) {
    INFO(image::name_of(format));
    const auto stripped = test::resize(source, as_format(format));
    REQUIRE(stripped.has_value());
    CHECK_FALSE(has_field(stripped->content, "exif-data"));
    CHECK_FALSE(has_field(stripped->content, "icc-profile-data"));
    CHECK(similar(decoded(stripped->content.bytes()).getpoint(4, 4), red, 6));

    image_options options = as_format(format);
    options.strip_metadata = false;
    const auto kept = test::resize(source, options);
    REQUIRE(kept.has_value());
    CHECK(has_field(kept->content, "exif-data"));
    CHECK(has_field(kept->content, "icc-profile-data"));
    CHECK(similar(decoded(kept->content.bytes()).getpoint(4, 4), red, 6));
  }
}

TEST_CASE("formats: a WebP file without its EXIF chunk is whole and the same picture") {
  image_engine();
  auto drawing = with_alpha(33, 21).copy();
  drawing.set("exif-ifd0-Artist", "somebody (somebody, ASCII, 9 components, 9 bytes)");
  const bytes tagged = as_webp(drawing);
  const body with{bytes(tagged)};
  REQUIRE(has_field(with, "exif-data"));
  const body without = image::without_exif(with);
  CHECK(without.size() < with.size());
  CHECK_FALSE(has_field(without, "exif-data"));
  CHECK_FALSE(image::ends_early(image_format::webp, without.bytes()));
  CHECK((decoded(without.bytes()) - decoded(with.bytes())).abs().max() == 0);
  // Nothing more to take out, and nothing to take out of what is no such file.
  CHECK(image::without_exif(without).bytes().data() == without.bytes().data());
  for (std::size_t size = 0; size < 40; ++size)
    image::without_exif(body(bytes(tagged.begin(), tagged.begin() + static_cast<long>(size))));
}
