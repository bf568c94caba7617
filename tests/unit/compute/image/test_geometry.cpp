#include "compute/image/geometry.hpp"

#include <random>

#include "tests/support/catch.hpp"

using namespace tailrace;
using namespace tailrace::image;

namespace {

image_options boxed(resizing_type type, unsigned width, unsigned height, bool enlarge = false) {
  image_options options;
  options.type = type;
  options.width = width;
  options.height = height;
  options.enlarge = enlarge;
  return options;
}

struct sizes_case {
  const char* what;
  extent source;
  image_options options;
  extent scaled;
  extent result;
};

constexpr auto fit = resizing_type::fit;
constexpr auto fill = resizing_type::fill;
constexpr auto fill_down = resizing_type::fill_down;
constexpr auto force = resizing_type::force;
constexpr auto automatic = resizing_type::automatic;

const sizes_case sizes[] = {
    {"fit, wide into square", {400, 200}, boxed(fit, 100, 100), {100, 50}, {100, 50}},
    {"fit, tall into square", {200, 400}, boxed(fit, 100, 100), {50, 100}, {50, 100}},
    {"fit, width alone", {400, 200}, boxed(fit, 100, 0), {100, 50}, {100, 50}},
    {"fit, height alone", {400, 200}, boxed(fit, 0, 100), {200, 100}, {200, 100}},
    {"fit, no box at all", {400, 200}, boxed(fit, 0, 0), {400, 200}, {400, 200}},
    {"fit, small stays", {40, 20}, boxed(fit, 100, 100), {40, 20}, {40, 20}},
    {"fit, small enlarged", {40, 20}, boxed(fit, 100, 100, true), {100, 50}, {100, 50}},
    {"fit, sides round to nearest", {3, 2}, boxed(fit, 2, 0), {2, 1}, {2, 1}},
    {"fit, never 0", {10000, 1}, boxed(fit, 100, 100), {100, 1}, {100, 1}},
    {"fit, never 0 upright", {1, 10000}, boxed(fit, 100, 100), {1, 100}, {1, 100}},
    {"fill, crops the sides", {400, 200}, boxed(fill, 100, 100), {200, 100}, {100, 100}},
    {"fill, crops above and below", {200, 400}, boxed(fill, 100, 100), {100, 200}, {100, 100}},
    {"fill, width alone", {400, 200}, boxed(fill, 100, 0), {100, 50}, {100, 50}},
    {"fill, smaller in one side", {400, 50}, boxed(fill, 100, 100), {400, 50}, {100, 50}},
    {"fill, smaller in both", {60, 40}, boxed(fill, 100, 100), {60, 40}, {60, 40}},
    {"fill, enlarged", {60, 40}, boxed(fill, 100, 100, true), {150, 100}, {100, 100}},
    {"fill-down, keeps the ratio", {60, 40}, boxed(fill_down, 100, 100), {60, 40}, {40, 40}},
    {"fill-down, wide box", {100, 100}, boxed(fill_down, 200, 50), {100, 100}, {100, 25}},
    {"fill-down, tall box", {100, 100}, boxed(fill_down, 50, 200), {100, 100}, {25, 100}},
    {"fill-down, big is fill", {400, 200}, boxed(fill_down, 100, 100), {200, 100}, {100, 100}},
    {"fill-down, one side alone", {60, 40}, boxed(fill_down, 100, 0), {60, 40}, {60, 40}},
    {"fill-down, never 0", {100, 1}, boxed(fill_down, 1, 100), {100, 1}, {1, 1}},
    {"force", {400, 200}, boxed(force, 50, 150), {50, 150}, {50, 150}},
    {"force, width alone", {400, 200}, boxed(force, 100, 0), {100, 200}, {100, 200}},
    {"force, height alone", {400, 200}, boxed(force, 0, 100), {400, 100}, {400, 100}},
    {"force, box ratio kept", {100, 100}, boxed(force, 200, 50), {100, 25}, {100, 25}},
    {"force, enlarged", {100, 100}, boxed(force, 200, 50, true), {200, 50}, {200, 50}},
    {"auto, both wide: fill", {400, 200}, boxed(automatic, 100, 80), {160, 80}, {100, 80}},
    {"auto, both tall: fill", {200, 400}, boxed(automatic, 80, 100), {80, 160}, {80, 100}},
    {"auto, square goes with wide", {200, 200}, boxed(automatic, 100, 80), {100, 100}, {100, 80}},
    {"auto, different: fit", {400, 200}, boxed(automatic, 80, 100), {80, 40}, {80, 40}},
    {"auto, width alone", {400, 200}, boxed(automatic, 100, 0), {100, 50}, {100, 50}},
    {"photo", {2725, 2225}, boxed(fit, 720, 0), {720, 588}, {720, 588}},
};

}  // namespace

TEST_CASE("geometry: sizes of every resizing type") {
  for (const auto& c : sizes) {
    INFO(c.what);
    const plan planned = plan_resize(c.source, c.options);
    CHECK(planned.scaled == c.scaled);
    CHECK(extent{planned.crop.width, planned.crop.height} == c.result);
  }
}

TEST_CASE("geometry: a vector image is enlarged without being asked") {
  const plan planned = plan_resize({40, 20}, boxed(fit, 100, 100), source_kind::vector);
  CHECK(planned.scaled == extent{100, 50});
}

TEST_CASE("geometry: what gravity keeps") {
  struct place_case {
    gravity at;
    std::uint64_t left;  // of 100 columns out of 200
    std::uint64_t top;   // of 100 rows out of 200
  };
  using kind = gravity::kind;
  const place_case places[] = {
      {{kind::center}, 50, 50},
      {{kind::north}, 50, 0},
      {{kind::south}, 50, 100},
      {{kind::east}, 100, 50},
      {{kind::west}, 0, 50},
      {{kind::north_east}, 100, 0},
      {{kind::north_west}, 0, 0},
      {{kind::south_east}, 100, 100},
      {{kind::south_west}, 0, 100},
      // Offsets in pixels move away from the end that gravity pulls to.
      {{kind::center, 10, -10}, 60, 40},
      {{kind::north_west, 10, 20}, 10, 20},
      {{kind::south_east, 10, 20}, 90, 80},
      {{kind::north, 5, 7}, 55, 7},
      // Below 1 they are shares of the side.
      {{kind::north_west, 0.1, 0.25}, 20, 50},
      {{kind::south_east, 0.1, 0.25}, 80, 50},
      // Never beyond the image.
      {{kind::center, 1000, -1000}, 100, 0},
      {{kind::west, -30, 0}, 0, 50},
      // A focus point comes into the middle, as far as there is image around it.
      {{kind::focus_point, 0.5, 0.5}, 50, 50},
      {{kind::focus_point, 0.4, 0.3}, 30, 10},
      {{kind::focus_point, 0, 1}, 0, 100},
  };
  for (const auto& c : places) {
    image_options options = boxed(fill, 100, 100);
    options.gravity_at = c.at;
    INFO("gravity " << static_cast<int>(c.at.type) << ":" << c.at.x << ":" << c.at.y);
    // A wide image shows the columns, a tall one the rows.
    CHECK(plan_resize({400, 200}, options).crop == rectangle{c.left, 0, 100, 100});
    CHECK(plan_resize({200, 400}, options).crop == rectangle{0, c.top, 100, 100});
  }
}

TEST_CASE("geometry: an odd remainder is split with the larger half before") {
  CHECK(plan_resize({103, 100}, boxed(fill, 100, 100)).crop.left == 2);
  CHECK(plan_resize({102, 100}, boxed(fill, 100, 100)).crop.left == 1);
  CHECK(plan_resize({101, 100}, boxed(fill, 100, 100)).crop.left == 1);
}

TEST_CASE("geometry: whatever is asked, the result has pixels and lies inside the image") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const auto number = [&](std::uint64_t most) {
    // Small, large and in between are all likely.
    const auto bits = std::uniform_int_distribution<int>(0, 32)(random);
    return std::min<std::uint64_t>(most, random() & ((1ULL << bits) - 1));
  };
  for (int round = 0; round < 20000; ++round) {
    image_options options =
        boxed(static_cast<resizing_type>(number(4)), static_cast<unsigned>(number(4294967295)),
              static_cast<unsigned>(number(4294967295)), number(1) == 1);
    options.gravity_at.type = static_cast<gravity::kind>(number(10));
    options.gravity_at.x = static_cast<double>(number(20000000)) - 1e7;
    const extent source{1 + number(10000000), 1 + number(10000000)};
    const plan planned = plan_resize(source, options);
    const rectangle& part = planned.crop;
    INFO(source.width << "x" << source.height << " into " << options.width << "x"
                      << options.height);
    REQUIRE(part.width >= 1);
    REQUIRE(part.height >= 1);
    REQUIRE(part.left + part.width <= planned.scaled.width);
    REQUIRE(part.top + part.height <= planned.scaled.height);
    if (!options.enlarge) {
      REQUIRE(planned.scaled.width <= source.width);
      REQUIRE(planned.scaled.height <= source.height);
    }
  }
}

TEST_CASE("geometry: sides that doubles cannot hold exactly do not push the part outside") {
  const plan planned = plan_resize({10000001, 1}, [] {
    image_options options = boxed(fill, 27, 4292355757, true);
    options.gravity_at.type = gravity::kind::east;
    return options;
  }());
  CHECK(planned.crop.left + planned.crop.width <= planned.scaled.width);
}

TEST_CASE("geometry: where a part lies before the image is turned upright") {
  // The part is the 2x1 pixels in the upper right corner of an upright image of 5x3.
  const rectangle corner{3, 0, 2, 1};
  const extent upright{5, 3};
  CHECK(as_stored(corner, upright, 1) == rectangle{3, 0, 2, 1});
  CHECK(as_stored(corner, upright, 2) == rectangle{0, 0, 2, 1});
  CHECK(as_stored(corner, upright, 3) == rectangle{0, 2, 2, 1});
  CHECK(as_stored(corner, upright, 4) == rectangle{3, 2, 2, 1});
  CHECK(as_stored(corner, upright, 5) == rectangle{0, 3, 1, 2});
  CHECK(as_stored(corner, upright, 6) == rectangle{0, 0, 1, 2});
  CHECK(as_stored(corner, upright, 7) == rectangle{2, 0, 1, 2});
  CHECK(as_stored(corner, upright, 8) == rectangle{2, 3, 1, 2});
  CHECK(turned(upright, 6) == extent{3, 5});
  CHECK(turned(upright, 3) == upright);
}
