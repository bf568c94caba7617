// What to do with an image, as values: filled by the option table (http/option_table.hpp) from a
// query or, later, an imgproxy path; carried out by compute/image.
#pragma once
#include <cstdint>
#include <optional>

namespace tailrace {

enum class image_format : std::uint8_t { jpeg, png, webp, avif, gif, tiff, heic, svg, other };

// How the image is brought to width x height.
enum class resizing_type : std::uint8_t {
  fit,        // whole image inside the box, ratio kept
  fill,       // box covered, the rest cropped by gravity
  fill_down,  // fill, but an image smaller than the box is only cropped to the box's ratio
  force,      // box taken literally, ratio ignored
  automatic,  // fill when image and box have the same orientation, else fit
};

struct gravity {
  enum class kind : std::uint8_t {
    center,
    north,
    south,
    east,
    west,
    north_east,
    north_west,
    south_east,
    south_west,
    smart,        // the most interesting part
    focus_point,  // x, y in 0..1 of the source
  };
  kind type = kind::center;
  double x = 0;  // offset in pixels, or the focus point
  double y = 0;
};

struct image_options {
  resizing_type type = resizing_type::fit;
  unsigned width = 0;   // 0 = from the ratio
  unsigned height = 0;  // 0 = from the ratio
  gravity gravity_at;
  bool enlarge = false;
  std::optional<image_format> format;  // none = as the source, where we can write that
  std::optional<unsigned> quality;     // 1..100; none = the format's default
  std::optional<bool> auto_rotate;     // none = the setting
  std::optional<bool> strip_metadata;  // none = the setting
};

}  // namespace tailrace
