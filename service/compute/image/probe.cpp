#include "compute/image/probe.hpp"

#include "compute/image/decode.hpp"
#include "compute/image/failure.hpp"
#include "compute/image/layout.hpp"
#include "compute/image/sniff.hpp"

namespace tailrace::image {

result<image_info> probe(std::span<const std::byte> bytes) {
  const image_format format = sniff(bytes);
  if (format == image_format::other) return no_image(bytes);
  try {
    image_info info = describe(open(format, bytes), format);
    if (format == image_format::webp) info.lossless = webp_is_lossless(bytes);
    if (format == image_format::tiff) info.strip_bytes = tiff_strip_bytes(bytes);
    return info;
  } catch (const vips::VError&) {
    return undecodable(format, bytes);
  }
}

}  // namespace tailrace::image
