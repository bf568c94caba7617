#include "compute/image/failure.hpp"

#include "compute/image/sniff.hpp"

#include <vips/vips.h>

namespace tailrace::image {

error no_image(std::span<const std::byte> bytes) {
  if (bytes.empty()) return {errc::not_an_image, "the source is empty"};
  return {errc::not_an_image, "the source is of no image format that is read here"};
}

error undecodable(image_format format, std::span<const std::byte> bytes) {
  vips_error_clear();
  const std::string name(name_of(format));
  if (ends_early(format, bytes)) return {errc::image_truncated, "the " + name + " file is cut off"};
  if (format == image_format::svg)
    return {errc::not_an_image, "the svg file is corrupt, or svg is not enabled here"};
  return {errc::not_an_image, "the " + name + " file is corrupt"};
}

}  // namespace tailrace::image
