// The load generator's image headers, which it reads from whatever a service answers with.
#include "loadtest/generator/image_header.hpp"

#include <string>

#include "tests/fuzz/targets.hpp"

namespace tailrace::fuzz {

void image_header(std::string_view input) {
  using load::read_image_header;
  const auto whole = read_image_header(input);
  if (whole) {
    require(whole->width > 0 && whole->height > 0, "no image without pixels");
    const auto longer = read_image_header(std::string(input) + "\xFF");
    require(longer && longer->format == whole->format && longer->width == whole->width &&
                longer->height == whole->height,
            "what follows a header does not matter to it");
  }
  require(!read_image_header(input.substr(0, input.size() / 2)) || whole,
          "a longer beginning does not say less");
}

}  // namespace tailrace::fuzz
