// What identifies a result besides its source. Pure.
#pragma once
#include "compute/image/limits.hpp"
#include "core/image_options.hpp"

#include <string>

namespace tailrace::image {

// The same for requests that give the same bytes from the same source, however they are spelled,
// and another one as soon as an option, a default, this program or libvips is another one. Sixteen
// bytes in hexadecimal.
std::string variant_of(const image_options& options, const limits& defaults);

}  // namespace tailrace::image
