// The estimate decides what is admitted, so what matters is that it grows with the work.
#include "compute/image/resize.hpp"

#include "tests/support/catch.hpp"

using namespace tailrace;
using namespace tailrace::image;

namespace {

constexpr std::uint64_t mebi = 1 << 20;

image_info photo(image_format format, std::uint64_t width, std::uint64_t height) {
  image_info info;
  info.format = format;
  info.width = width;
  info.height = height;
  return info;
}

std::uint64_t estimate(const image_info& info, unsigned width,
                       image_format to = image_format::jpeg) {
  image_options options;
  options.width = width;
  options.format = to;
  return estimate_peak_bytes(info, options, {});
}

}  // namespace

TEST_CASE("estimate: measured cases, within a factor of two") {
  struct measured_case {
    image_format from;
    std::uint64_t width, height;
    bool alpha;
    bool progressive;
    unsigned to_width;
    image_format to;
    double mebibytes;  // peak resident size over the process before
  };
  const measured_case cases[] = {
      {image_format::jpeg, 2725, 2225, false, false, 720, image_format::jpeg, 10.0},
      {image_format::jpeg, 2725, 2225, false, false, 300, image_format::jpeg, 2.1},
      {image_format::jpeg, 2725, 2225, false, false, 300, image_format::webp, 2.9},
      {image_format::jpeg, 2725, 2225, false, false, 2700, image_format::avif, 162},
      {image_format::jpeg, 2725, 2225, false, true, 720, image_format::jpeg, 27.2},
      {image_format::png, 2048, 1536, true, false, 720, image_format::png, 34.1},
      {image_format::png, 4000, 8000, false, false, 300, image_format::jpeg, 31.0},
      {image_format::png, 4000, 8000, true, false, 700, image_format::jpeg, 117.6},
      {image_format::webp, 2048, 1536, true, false, 720, image_format::webp, 23.0},
      {image_format::gif, 2725, 2225, false, false, 720, image_format::jpeg, 41.8},
      {image_format::avif, 2725, 2225, false, false, 720, image_format::jpeg, 48.0},
  };
  for (const auto& c : cases) {
    image_info info = photo(c.from, c.width, c.height);
    info.alpha = c.alpha;
    info.bands = c.alpha ? 4 : 3;
    info.progressive = c.progressive;
    const double ratio = static_cast<double>(estimate(info, c.to_width, c.to)) /
                         (c.mebibytes * static_cast<double>(mebi));
    INFO(c.width << "x" << c.height << " to " << c.to_width << ": " << ratio);
    CHECK(ratio > 0.5);
    CHECK(ratio < 2.0);
  }
}

TEST_CASE("estimate: more work is more memory") {
  const auto small = photo(image_format::png, 1000, 1000);
  const auto large = photo(image_format::png, 5000, 5000);
  CHECK(estimate(small, 300) < estimate(large, 300));
  CHECK(estimate(large, 300) < estimate(large, 5000));
  CHECK(estimate(large, 5000, image_format::jpeg) < estimate(large, 5000, image_format::avif));

  // A JPEG is decoded smaller when a small one is asked for; lines, not frames, are held.
  const auto jpeg = photo(image_format::jpeg, 8000, 6000);
  CHECK(estimate(jpeg, 300) < 8000 * 6000 * 3 / 10);
  auto progressive = jpeg;
  progressive.progressive = true;
  CHECK(estimate(progressive, 300) > 8000ULL * 6000 * 3);

  // So is a WebP, but where it is lossless; a TIFF is held strip by strip.
  auto webp = photo(image_format::webp, 8000, 6000);
  CHECK(estimate(webp, 300) < 8000 * 6000 / 10);
  webp.lossless = true;
  CHECK(estimate(webp, 300) > 8000ULL * 6000 * 3);
  auto tiff = photo(image_format::tiff, 8000, 6000);
  const auto lines = estimate(tiff, 300);
  tiff.strip_bytes = 8000 * 6000 * 3;
  CHECK(estimate(tiff, 300) == lines + tiff.strip_bytes);
}
