#include "compute/image/geometry.hpp"
#include "compute/image/resize.hpp"
#include "compute/image/sniff.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/images.hpp"

using namespace tailrace;
using namespace tailrace::test;

namespace {

image_options boxed(resizing_type type, unsigned width, unsigned height) {
  image_options options;
  options.type = type;
  options.width = width;
  options.height = height;
  options.format = image_format::png;
  return options;
}

// The result as pixels; its announced size and format are those it has.
vips::VImage resized_pixels(const bytes& source, const image_options& options) {
  const auto done = test::resize(source, options);
  REQUIRE(done.has_value());
  auto pixels = decoded(done->content.bytes());
  CHECK(done->width == static_cast<std::uint64_t>(pixels.width()));
  CHECK(done->height == static_cast<std::uint64_t>(pixels.height()));
  const auto info = image::probe(done->content.bytes());
  REQUIRE(info.has_value());
  CHECK(info->format == done->format);
  return pixels;
}

image::extent size_of(const vips::VImage& image) {
  return {static_cast<std::uint64_t>(image.width()), static_cast<std::uint64_t>(image.height())};
}

}  // namespace

TEST_CASE("resize: every resizing type, from every format") {
  image_engine();
  const auto drawing = quadrants(120, 60);
  for (const auto& source : {as_png(drawing), as_jpeg(drawing), as_webp(drawing), as_gif(drawing),
                             as_tiff(drawing), as_avif(drawing)}) {
    INFO(image::name_of(image::sniff(source)));
    CHECK(size_of(resized_pixels(source, boxed(resizing_type::fit, 40, 40))) ==
          image::extent{40, 20});
    CHECK(size_of(resized_pixels(source, boxed(resizing_type::fill, 40, 40))) ==
          image::extent{40, 40});
    CHECK(size_of(resized_pixels(source, boxed(resizing_type::fill_down, 240, 240))) ==
          image::extent{60, 60});
    CHECK(size_of(resized_pixels(source, boxed(resizing_type::force, 30, 50))) ==
          image::extent{30, 50});
    CHECK(size_of(resized_pixels(source, boxed(resizing_type::automatic, 40, 30))) ==
          image::extent{40, 30});
    CHECK(size_of(resized_pixels(source, boxed(resizing_type::automatic, 30, 40))) ==
          image::extent{30, 15});
    CHECK(size_of(resized_pixels(source, boxed(resizing_type::fit, 0, 0))) ==
          image::extent{120, 60});

    image_options larger = boxed(resizing_type::fit, 240, 0);
    CHECK(size_of(resized_pixels(source, larger)) == image::extent{120, 60});
    larger.enlarge = true;
    CHECK(size_of(resized_pixels(source, larger)) == image::extent{240, 120});

    // All of the image is in it, the right way round.
    const auto whole = resized_pixels(source, boxed(resizing_type::fit, 40, 40));
    CHECK(similar(whole.getpoint(5, 5), red));
    CHECK(similar(whole.getpoint(34, 5), green));
    CHECK(similar(whole.getpoint(5, 14), blue));
    CHECK(similar(whole.getpoint(34, 14), white));
  }
}

TEST_CASE("resize: gravity decides which part is kept") {
  image_engine();
  const auto wide = as_png(stripes(180, 60, VIPS_DIRECTION_HORIZONTAL));
  const auto tall = as_png(stripes(60, 180, VIPS_DIRECTION_VERTICAL));
  using kind = gravity::kind;
  struct gravity_case {
    gravity at;
    colour of_wide;
    colour of_tall;
  };
  const gravity_case cases[] = {
      {{kind::center}, green, green},
      {{kind::north}, green, red},
      {{kind::south}, green, blue},
      {{kind::east}, blue, green},
      {{kind::west}, red, green},
      {{kind::north_east}, blue, red},
      {{kind::north_west}, red, red},
      {{kind::south_east}, blue, blue},
      {{kind::south_west}, red, blue},
      {{kind::focus_point, 0.1, 0.9}, red, blue},
      {{kind::focus_point, 0.9, 0.1}, blue, red},
      {{kind::west, 30, 0}, green, green},
  };
  for (const auto& c : cases) {
    INFO("gravity " << static_cast<int>(c.at.type) << ":" << c.at.x << ":" << c.at.y);
    image_options options = boxed(resizing_type::fill, 30, 30);
    options.gravity_at = c.at;
    const auto from_wide = resized_pixels(wide, options);
    const auto from_tall = resized_pixels(tall, options);
    for (const int at : {3, 26}) {
      CHECK(similar(from_wide.getpoint(at, at), c.of_wide));
      CHECK(similar(from_tall.getpoint(at, at), c.of_tall));
    }
  }
}

TEST_CASE("resize: smart gravity finds what stands out") {
  image_engine();
  // A busy red patch at the right end of an even surface.
  auto scene = filled(400, 100, {120, 130, 120}).copy_memory();
  for (int i = 0; i < 8; ++i)
    scene.draw_rect(i % 2 == 0 ? red : colour{255, 220, 180}, 320 + 5 * i, 20, 5, 60,
                    vips::VImage::option()->set("fill", true));
  image_options options = boxed(resizing_type::fill, 50, 50);
  options.gravity_at.type = gravity::kind::smart;
  const auto kept = resized_pixels(as_png(scene), options);
  CHECK(size_of(kept) == image::extent{50, 50});
  CHECK(kept.avg() != Approx(scene.extract_area(0, 0, 100, 100).avg()).margin(1));
  CHECK(kept.extract_band(0).max() > 200);

  // Where nothing is to be cut off, there is nothing to be found either.
  CHECK(size_of(resized_pixels(as_png(scene), boxed(resizing_type::fit, 40, 0))) ==
        image::extent{40, 10});
}

TEST_CASE("resize: EXIF orientations 1 to 8 come out upright") {
  image_engine();
  const auto upright = quadrants(96, 48);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    vips::VImage stored = upright;
    if (orientation == 2) stored = upright.fliphor();
    if (orientation == 3) stored = upright.rot180();
    if (orientation == 4) stored = upright.flipver();
    if (orientation == 5) stored = upright.rot90().fliphor();
    if (orientation == 6) stored = upright.rot270();
    if (orientation == 7) stored = upright.rot270().fliphor();
    if (orientation == 8) stored = upright.rot90();
    stored = stored.copy();
    stored.set("orientation", orientation);
    const bytes file = as_jpeg(stored);
    INFO("orientation " << orientation);
    REQUIRE(image::probe(file)->orientation == static_cast<unsigned>(orientation));

    const auto whole = resized_pixels(file, boxed(resizing_type::fit, 48, 48));
    REQUIRE(size_of(whole) == image::extent{48, 24});
    CHECK(similar(whole.getpoint(5, 5), red));
    CHECK(similar(whole.getpoint(42, 5), green));
    CHECK(similar(whole.getpoint(5, 18), blue));
    CHECK(similar(whole.getpoint(42, 18), white));

    // Gravity means the upright image too; it is cut before it is turned.
    image_options options = boxed(resizing_type::fill, 20, 24);
    options.gravity_at.type = gravity::kind::east;
    const auto east = resized_pixels(file, options);
    CHECK(similar(east.getpoint(10, 5), green));
    CHECK(similar(east.getpoint(10, 18), white));
    options.gravity_at.type = gravity::kind::smart;
    CHECK(size_of(resized_pixels(file, options)) == image::extent{20, 24});

    // Turned pixels have no tag that would turn them again.
    options.strip_metadata = false;
    options.format = image_format::jpeg;
    CHECK(image::probe(test::resize(file, options)->content.bytes())->orientation == 1);

    // Not asked for: sides and pixels as they are stored, the tag goes along unless stripped.
    image_options as_stored = boxed(resizing_type::fit, 0, 0);
    as_stored.auto_rotate = false;
    as_stored.strip_metadata = false;
    as_stored.format = image_format::jpeg;
    const auto same = test::resize(file, as_stored);
    REQUIRE(same.has_value());
    CHECK(same->width == static_cast<std::uint64_t>(stored.width()));
    CHECK(image::probe(same->content.bytes())->orientation == static_cast<unsigned>(orientation));
  }
}

TEST_CASE("resize: the first frame of an animation") {
  image_engine();
  auto film = filled(20, 16, red).join(filled(20, 16, blue), VIPS_DIRECTION_VERTICAL).copy();
  film.set("page-height", 16);
  film.set("delay", std::vector<int>{100, 100});
  for (const auto& file : {as_gif(film), as_webp(film)}) {
    const auto info = image::probe(file);
    REQUIRE(info.has_value());
    CHECK(info->pages == 2);
    CHECK(info->height == 16);
    for (const auto format : {image_format::png, image_format::webp}) {
      image_options options = boxed(resizing_type::fit, 10, 0);
      options.format = format;
      const auto frame = resized_pixels(file, options);
      CHECK(size_of(frame) == image::extent{10, 8});
      CHECK(similar(frame.getpoint(5, 4), red));
    }
  }
}

TEST_CASE("resize: images of a single row or column") {
  image_engine();
  for (const auto& source : {as_png(filled(4000, 1, red)), as_jpeg(filled(4000, 1, red)),
                             as_webp(filled(4000, 1, red)), as_png(filled(1, 4000, red)),
                             as_jpeg(filled(1, 4000, red)), as_webp(filled(1, 4000, red))}) {
    const bool wide = image::probe(source)->width == 4000;
    CHECK(size_of(resized_pixels(source, boxed(resizing_type::fit, 50, 50))) ==
          (wide ? image::extent{50, 1} : image::extent{1, 50}));
    const auto filled_box = resized_pixels(source, boxed(resizing_type::fill, 50, 50));
    CHECK(size_of(filled_box) == (wide ? image::extent{50, 1} : image::extent{1, 50}));
    CHECK(similar(filled_box.getpoint(0, 0), red));
  }
  CHECK(size_of(resized_pixels(as_png(filled(1, 1, red)), boxed(resizing_type::fill, 9, 9))) ==
        image::extent{1, 1});
}

TEST_CASE("resize: several threads at once") {
  image_engine();
  const auto source = as_jpeg(quadrants(640, 480));
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      for (int round = 0; round < 10; ++round) {
        const auto cut = std::span(source).first(source.size() - (round % 2) * 900);
        const auto done =
            test::resize(cut, boxed(resizing_type::fill, static_cast<unsigned>(50 + i), 50));
        const bool whole = round % 2 == 0;
        if (done.has_value() == whole) ++good;
        if (!whole && done.has_error() && done.error().code != errc::image_truncated) --good;
      }
      image::engine::leave_thread();
    });
  threads.clear();
  CHECK(good == 40);
}
