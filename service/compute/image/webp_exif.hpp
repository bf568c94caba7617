// Takes the EXIF chunk out of a WebP file, pure; any thread. For libvips 8.14, whose encoder
// writes one even when told to strip (libvips issue 3340, fixed in 8.15).
#pragma once
#include "core/body.hpp"

namespace tailrace::image {

// The file itself where there is nothing to take out.
body without_exif(const body& webp);

}  // namespace tailrace::image
