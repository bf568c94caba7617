// What an image takes to be resized is reserved before its pixels are decoded, by its header: that
// has to be near what it does take. Measured in a process of its own for each case; not under
// sanitizers, whose own memory is several times as much.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#include <vips/vips8>

#include <cstdio>
#include <string>
#include <vector>

#include "tests/support/catch.hpp"
#include "tests/support/images.hpp"
#include "tests/support/process.hpp"

using namespace tailrace;

namespace {

// A sample at the size of a camera's; with what stands in `suffix` for libvips.
std::string photo(const test::temporary_folder& folder, const std::string& suffix, bool alpha) {
  test::image_engine();
  auto image =
      vips::VImage::new_from_file(TAILRACE_SOURCE_DIR "/config/samples/river.jpg")
          .thumbnail_image(
              2725, vips::VImage::option()->set("height", 2225)->set("size", VIPS_SIZE_FORCE));
  if (alpha) image = image.bandjoin(200);
  const std::string path = folder.path("photo");
  const std::string file = path + suffix.substr(0, suffix.find('['));
  image.write_to_file((path + suffix).c_str());
  return file;
}

struct usage {
  unsigned long long estimate = 0;
  unsigned long long peak = 0;
};

usage measured(const std::string& file, const char* format, int width) {
  const auto done =
      test::run_command({TAILRACE_BINARY_DIR "/image-memory", file, format, std::to_string(width)});
  usage u;
  INFO(done.output);
  REQUIRE(done.status == 0);
  REQUIRE(std::sscanf(done.output.c_str(), "estimate=%llu peak=%llu", &u.estimate, &u.peak) == 2);
  return u;
}

}  // namespace

TEST_CASE("the memory an image takes was foreseen within a factor of two") {
  struct kind {
    const char* suffix;
    bool alpha;
    const char* format;
    int width;
  };
  const kind kinds[] = {
      {".jpg[Q=90]", false, "jpeg", 720},
      {".jpg[Q=90]", false, "jpeg", 300},
      {".jpg[Q=90]", false, "webp", 1600},
      {".jpg[Q=90]", false, "avif", 1200},
      {".jpg[interlace]", false, "jpeg", 720},
      {".jpg[interlace,Q=95]", false, "jpeg", 300},
      {".png", false, "png", 720},
      {".png", true, "png", 720},
      {".png", true, "webp", 1600},
      {".png", true, "webp", 2725},
      {".png[interlace]", false, "jpeg", 720},
      {".webp", false, "jpeg", 720},
      {".webp", true, "webp", 1600},
      {".webp[lossless]", false, "jpeg", 300},
      {".webp[lossless]", true, "webp", 720},
      {".gif", false, "jpeg", 720},
      {".tif[compression=lzw]", false, "jpeg", 300},
      {".tif[compression=lzw]", false, "jpeg", 720},
      {".tif[tile,tile_width=256,tile_height=256]", false, "jpeg", 1600},
      {".avif[effort=0]", false, "jpeg", 720},
  };
  const test::temporary_folder folder;
  for (const kind& k : kinds) {
    const usage u = measured(photo(folder, k.suffix, k.alpha), k.format, k.width);
    const double ratio = static_cast<double>(u.estimate) / static_cast<double>(u.peak);
    UNSCOPED_INFO(k.suffix << (k.alpha ? " with alpha" : "") << " to " << k.format << " " << k.width
                           << ": estimated " << (u.estimate >> 10) << " KiB, took "
                           << (u.peak >> 10) << " KiB, ratio " << ratio);
    CHECK(ratio >= 0.5);
    CHECK(ratio <= 2.0);
  }
}
#endif
