// Inside of this folder: from pixels to a file. Throws given_up.
#pragma once
#include "compute/image/limits.hpp"
#include "core/body.hpp"
#include "core/image_options.hpp"

#include <vips/vips8>

namespace tailrace::image {

struct encoding {
  image_format format;
  unsigned quality;  // 1..100; PNG has none
  unsigned avif_speed;
  bool strip_metadata;
};

// `image` comes from evaluate() or is computed from one that does. JPEG has no transparency: what
// shines through becomes white. Its pixels are sRGB already, so it looks the same with its metadata
// stripped, profile included; what describes frames or coding of the source always goes. JPEG and
// PNG look at `stop` between strips of lines; the encoders of WebP and AVIF run through without
// asking.
body encode(vips::VImage image, const encoding& as, const stop_condition& stop);

}  // namespace tailrace::image
