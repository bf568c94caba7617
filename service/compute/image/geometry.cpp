#include "compute/image/geometry.hpp"

#include <algorithm>
#include <cmath>

namespace tailrace::image {
namespace {

// How many source pixels become one, per axis; below 1 enlarges.
struct shrinkage {
  double x;
  double y;
};

std::uint64_t rounded(double value) noexcept {
  return static_cast<std::uint64_t>(std::max(1.0, std::round(value)));
}

bool same_orientation(double source_width, double source_height, double width,
                      double height) noexcept {
  return (source_width >= source_height) == (width >= height);
}

// The ratios source / box, then by type: fit takes the larger for both axes (all of the image lies
// inside the box), fill the smaller (the box is covered), force keeps both. A side of 0 follows the
// other one; with force it stays what it is.
shrinkage asked_for(extent source, const image_options& options) noexcept {
  const auto source_width = static_cast<double>(source.width);
  const auto source_height = static_cast<double>(source.height);
  const double width = options.width == 0 ? source_width : options.width;
  const double height = options.height == 0 ? source_height : options.height;
  const shrinkage ratio{source_width / width, source_height / height};

  if (options.type == resizing_type::force) return ratio;
  if (options.width == 0) return {ratio.y, ratio.y};
  if (options.height == 0) return {ratio.x, ratio.x};
  const bool inside = options.type == resizing_type::fit ||
                      (options.type == resizing_type::automatic &&
                       !same_orientation(source_width, source_height, width, height));
  const double both = inside ? std::max(ratio.x, ratio.y) : std::min(ratio.x, ratio.y);
  return {both, both};
}

// Not enlarging: the axis that would grow most stays as it is and the other one keeps its relation
// to it, so force keeps the ratio of its box.
shrinkage without_enlarging(shrinkage s) noexcept {
  const double smaller = std::min(s.x, s.y);
  if (smaller >= 1) return s;
  return {s.x / smaller, s.y / smaller};
}

// The part of `scaled` that is kept: the box, as far as the image reaches. fill-down instead keeps
// the ratio of the box when a side of the image is shorter than that of the box: it takes the
// largest part with this ratio.
extent crop_size(extent scaled, const image_options& options) noexcept {
  const std::uint64_t width = options.width == 0 ? scaled.width : options.width;
  const std::uint64_t height = options.height == 0 ? scaled.height : options.height;
  if (options.type == resizing_type::fill_down && options.width != 0 && options.height != 0) {
    const double missing_x = static_cast<double>(width) / static_cast<double>(scaled.width);
    const double missing_y = static_cast<double>(height) / static_cast<double>(scaled.height);
    if (missing_x > missing_y && missing_x > 1)
      return {scaled.width,
              std::min(scaled.height, rounded(static_cast<double>(height) / missing_x))};
    if (missing_y > missing_x && missing_y > 1)
      return {std::min(scaled.width, rounded(static_cast<double>(width) / missing_y)),
              scaled.height};
  }
  return {std::min(width, scaled.width), std::min(height, scaled.height)};
}

// Which end of an axis a gravity pulls to.
enum class pull : std::uint8_t { start, middle, end };

pull horizontal(gravity::kind kind) noexcept {
  using enum gravity::kind;
  if (kind == west || kind == north_west || kind == south_west) return pull::start;
  if (kind == east || kind == north_east || kind == south_east) return pull::end;
  return pull::middle;
}

pull vertical(gravity::kind kind) noexcept {
  using enum gravity::kind;
  if (kind == north || kind == north_west || kind == north_east) return pull::start;
  if (kind == south || kind == south_west || kind == south_east) return pull::end;
  return pull::middle;
}

// Start of the kept piece of one axis. An offset of at least 1 is in pixels of the result, a
// smaller one a share of the whole side; it moves the piece away from the end that gravity pulls
// to, or to the right and down from the middle.
double place(double whole, double part, pull to, double offset) noexcept {
  const double moved = std::nearbyint(std::abs(offset) >= 1 ? offset : offset * whole);
  if (to == pull::start) return moved;
  if (to == pull::end) return whole - part - moved;
  return std::floor((whole - part + 1) / 2) + moved;
}

// Start of the kept piece such that the focus point lies in its middle.
double place_around(double whole, double part, double share) noexcept {
  return std::nearbyint(whole * share) - std::floor(part / 2);
}

rectangle crop_place(extent scaled, extent part, const gravity& at) noexcept {
  const auto width = static_cast<double>(scaled.width);
  const auto height = static_cast<double>(scaled.height);
  const auto part_width = static_cast<double>(part.width);
  const auto part_height = static_cast<double>(part.height);
  const bool around = at.type == gravity::kind::focus_point;
  const double left = around ? place_around(width, part_width, at.x)
                             : place(width, part_width, horizontal(at.type), at.x);
  const double top = around ? place_around(height, part_height, at.y)
                            : place(height, part_height, vertical(at.type), at.y);
  // Never beyond the image, however large the offset; compared as integers, since sides beyond 2^53
  // are no longer exact as doubles.
  const auto within = [](double start, std::uint64_t most) {
    return std::min(static_cast<std::uint64_t>(std::max(start, 0.0)), most);
  };
  return {within(left, scaled.width - part.width), within(top, scaled.height - part.height),
          part.width, part.height};
}

}  // namespace

plan plan_resize(extent source, const image_options& options, source_kind kind) noexcept {
  shrinkage by = asked_for(source, options);
  if (!options.enlarge && kind == source_kind::pixels) by = without_enlarging(by);
  const extent scaled{rounded(static_cast<double>(source.width) / by.x),
                      rounded(static_cast<double>(source.height) / by.y)};
  return {scaled, crop_place(scaled, crop_size(scaled, options), options.gravity_at)};
}

rectangle as_stored(rectangle part, extent upright, unsigned orientation) noexcept {
  const std::uint64_t right = upright.width - part.left - part.width;
  const std::uint64_t bottom = upright.height - part.top - part.height;
  switch (orientation) {
    case 2:
      return {right, part.top, part.width, part.height};
    case 3:
      return {right, bottom, part.width, part.height};
    case 4:
      return {part.left, bottom, part.width, part.height};
    case 5:
      return {part.top, part.left, part.height, part.width};
    case 6:
      return {part.top, right, part.height, part.width};
    case 7:
      return {bottom, right, part.height, part.width};
    case 8:
      return {bottom, part.left, part.height, part.width};
    default:
      return part;
  }
}

}  // namespace tailrace::image
