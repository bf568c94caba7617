// Sources that are none, broken, cut off or too large: each gets its own error, none is decoded
// further than it must be.
#include "compute/image/sniff.hpp"
#include "core/body.hpp"

#include <random>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/images.hpp"

using namespace tailrace;
using namespace tailrace::test;

namespace {

image_options small() {
  image_options options;
  options.width = 16;
  options.format = image_format::png;
  return options;
}

error failure(std::span<const std::byte> source, const image_options& options = small(),
              const image::limits& allowed = {}) {
  const auto done = test::resize(source, options, allowed);
  REQUIRE(done.has_error());
  return done.error();
}

}  // namespace

TEST_CASE("bad images: empty and none at all") {
  CHECK(failure({}).code == errc::not_an_image);
  CHECK(failure({}).detail == "the source is empty");
  CHECK(failure(as_bytes("<html><body>404</body></html>")).code == errc::not_an_image);
  CHECK(failure(as_bytes(std::string(100000, '\0'))).code == errc::not_an_image);
  image_engine();
  CHECK(image::probe({}).error().code == errc::not_an_image);
  // SVG is not enabled.
  const auto svg = as_bytes("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>");
  CHECK(failure(svg).code == errc::not_an_image);
  CHECK(image::probe(svg).error().code == errc::not_an_image);
}

TEST_CASE("bad images: what libvips could read but we did not ask for") {
  image_engine();
  // A valid PPM file: known to libvips, not named by us.
  CHECK(failure(as_bytes("P6 1 1 255\nabc")).code == errc::not_an_image);
  CHECK_THROWS_AS(vips::VImage::new_from_buffer("P6 1 1 255\nabc", 14, ""), vips::VError);
  vips_error_clear();
}

TEST_CASE("bad images: cut off anywhere, it is truncated") {
  image_engine();
  const auto drawing = noise(64, 64);
  for (const auto& whole : {as_png(drawing), as_jpeg(drawing), as_webp(drawing), as_gif(drawing),
                            as_tiff(drawing), as_avif(drawing)}) {
    INFO(image::name_of(image::sniff(whole)));
    REQUIRE(test::resize(whole, small()).has_value());
    for (const std::size_t percent : {10, 30, 50, 70, 90}) {
      INFO(percent << " percent of " << whole.size());
      const auto why = failure(std::span(whole).first(whole.size() * percent / 100));
      CHECK(why.code == errc::image_truncated);
      CHECK(why.detail.find("cut off") != std::string::npos);
    }
  }
}

TEST_CASE("bad images: corrupt is not the same as cut off") {
  image_engine();
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (auto file : {as_png(noise(64, 64)), as_webp(noise(64, 64))}) {
    // Everything behind the header is noise, but all of it is there.
    for (std::size_t at = 60; at + 20 < file.size(); ++at) file[at] = std::byte(random() & 0xff);
    const auto why = failure(file);
    CHECK((why.code == errc::not_an_image || why.code == errc::image_truncated));
  }
  // A chunk with a wrong checksum.
  auto png = as_png(noise(64, 64));
  png[png.size() / 2] ^= std::byte(0xff);
  CHECK(failure(png).code == errc::not_an_image);
  CHECK(failure(png).detail == "the png file is corrupt");
}

TEST_CASE("bad images: whatever bytes are wrong, there is an answer") {
  image_engine();
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto drawing = quadrants(40, 30);
  for (const auto& whole : {as_png(drawing), as_jpeg(drawing), as_webp(drawing), as_gif(drawing),
                            as_tiff(drawing), as_avif(drawing)})
    for (int round = 0; round < 150; ++round) {
      auto file = whole;
      for (int flips = 0; flips < 1 + round % 8; ++flips)
        file[random() % file.size()] = std::byte(random() & 0xff);
      image::limits allowed;
      allowed.image_pixels_max = 1'000'000;
      const auto done = test::resize(file, small(), allowed);
      if (done.has_value()) continue;
      const auto code = done.error().code;
      CHECK((code == errc::not_an_image || code == errc::image_truncated ||
             code == errc::image_too_large));
    }
}

TEST_CASE("bad images: over the pixel limit is told from the header alone") {
  image_engine();
  const auto claim = png_header_only(60000, 60000);
  const auto why = failure(claim);
  CHECK(why.code == errc::image_too_large);
  CHECK(why.detail == "the source has 60000x60000 pixels, the limit is 50000000 in all");
  // The header can be looked at; the pixels that it promises are not there: had they been decoded,
  // the error would be another one.
  CHECK(image::probe(claim)->width == 60000);
  CHECK(failure(png_header_only(600, 600)).code != errc::image_too_large);

  // Exactly the limit is allowed, one more is not.
  image::limits allowed;
  allowed.image_pixels_max = 64 * 32;
  CHECK(test::resize(as_png(quadrants(64, 32)), small(), allowed).has_value());
  allowed.image_pixels_max -= 1;
  CHECK(failure(as_png(quadrants(64, 32)), small(), allowed).code == errc::image_too_large);
}

TEST_CASE("bad images: the pixel limit counts all frames") {
  image_engine();
  auto film = filled(20, 16, red).join(filled(20, 16, blue), VIPS_DIRECTION_VERTICAL).copy();
  film.set("page-height", 16);
  image::limits allowed;
  allowed.image_pixels_max = 20 * 16 * 2 - 1;
  const auto why = failure(as_gif(film), small(), allowed);
  CHECK(why.code == errc::image_too_large);
  CHECK(why.detail == "the source has 2 frames of 20x16 pixels, the limit is 639 in all");
}

TEST_CASE("bad images: a result beyond the limits is not computed") {
  image_engine();
  const auto source = as_png(quadrants(64, 32));
  image_options options = small();
  options.enlarge = true;
  image::limits allowed;
  allowed.result_side_max = 100;

  options.width = 100;
  CHECK(test::resize(source, options, allowed).has_value());
  options.width = 101;
  const auto side = failure(source, options, allowed);
  CHECK(side.code == errc::image_too_large);
  CHECK(side.detail == "the result would have 101x51 pixels, the limit is 100 a side");
  // Without enlarging the same wish is harmless.
  options.enlarge = false;
  CHECK(test::resize(source, options, allowed).has_value());

  // More pixels than any source may have, and sides that are absurd.
  options.enlarge = true;
  for (const unsigned width : {15000U, 4294967295U}) {
    options.width = width;
    CHECK(failure(source, options).code == errc::image_too_large);
  }
  // WebP has a limit of its own, one below the default of ours.
  const auto line = as_png(filled(16384, 1, red));
  image_options as_is;
  CHECK(test::resize(line, as_is).has_value());
  as_is.format = image_format::webp;
  CHECK(failure(line, as_is).detail ==
        "the result would have 16384x1 pixels, the limit is 16383 a side");
  // Little is asked for, but to fill the box a thin line would grow enormous first.
  options.type = resizing_type::fill;
  options.width = options.height = 1000;
  CHECK(failure(as_png(filled(4000, 1, red)), options).code == errc::image_too_large);
}
