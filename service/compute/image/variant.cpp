#include "compute/image/variant.hpp"

#include "compute/hash/hasher.hpp"

#include <vips/vips.h>

#include <array>
#include <cstdio>

namespace tailrace::image {
namespace {

std::string canonical(const image_options& o, const limits& defaults) {
  std::array<char, 256> text;
  const int format = o.format ? static_cast<int>(*o.format) : -1;
  // A quality of its own counts for whatever format comes out; else the defaults do.
  const int quality = o.quality ? static_cast<int>(*o.quality) : -1;
  const int n = std::snprintf(
      text.data(), text.size(), "%d %u %u %d %.17g %.17g %d %d %d %d %d %u %u %u %u %d",
      static_cast<int>(o.type), o.width, o.height, static_cast<int>(o.gravity_at.type),
      o.gravity_at.x, o.gravity_at.y, o.enlarge ? 1 : 0, format, quality,
      o.auto_rotate.value_or(defaults.auto_rotate) ? 1 : 0,
      o.strip_metadata.value_or(defaults.strip_metadata) ? 1 : 0, defaults.jpeg_quality,
      defaults.webp_quality, defaults.avif_quality, defaults.avif_speed,
      defaults.writes_avif ? 1 : 0);
  return std::string(text.data(), static_cast<std::size_t>(n))
      .append(" " TAILRACE_VERSION " ")
      .append(vips_version_string());
}

}  // namespace

std::string variant_of(const image_options& options, const limits& defaults) {
  const std::string text = canonical(options, defaults);
  hash::hasher h(std::array{hash::algorithm::xxh128});
  h.update(std::as_bytes(std::span(text)));
  return std::string(h.finish().front().hex());
}

}  // namespace tailrace::image
