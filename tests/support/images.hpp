// Images drawn and encoded in memory, for the tests of compute/image and of the endpoints above.
#pragma once
#include "compute/image/engine.hpp"
#include "compute/image/limits.hpp"
#include "compute/image/resize.hpp"
#include "core/image_options.hpp"

#include <vips/vips8>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tailrace::test {

using bytes = std::vector<std::byte>;
using colour = std::vector<double>;

inline const colour red{255, 0, 0};
inline const colour green{0, 255, 0};
inline const colour blue{0, 0, 255};
inline const colour white{255, 255, 255};

// libvips starts once in a process; it ends after main().
inline image::engine& image_engine() {
  static image::engine engine(/*allow_svg=*/false);
  return engine;
}

inline vips::VImage filled(int width, int height, const colour& c) {
  return vips::VImage::black(width, height)
      .new_from_image(c)
      .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

// Three equal stripes: red, green, blue from left to right, or from top to bottom.
inline vips::VImage stripes(int width, int height, VipsDirection direction) {
  const bool across = direction == VIPS_DIRECTION_HORIZONTAL;
  const int w = across ? width / 3 : width;
  const int h = across ? height : height / 3;
  return filled(w, h, red).join(filled(w, h, green), direction).join(filled(w, h, blue), direction);
}

// red green
// blue  white
inline vips::VImage quadrants(int width, int height) {
  const auto across = VIPS_DIRECTION_HORIZONTAL;
  const int w = width / 2;
  const int h = height / 2;
  return filled(w, h, red)
      .join(filled(w, h, green), across)
      .join(filled(w, h, blue).join(filled(w, h, white), across), VIPS_DIRECTION_VERTICAL);
}

// Hard to compress and different everywhere; the same on every run.
inline vips::VImage noise(int width, int height) {
  return vips::VImage::gaussnoise(
             width, height,
             vips::VImage::option()->set("mean", 128)->set("sigma", 40)->set("seed", 7))
      .cast(VIPS_FORMAT_UCHAR)
      .bandjoin(std::vector<double>{40, 90})
      .copy(vips::VImage::option()->set("interpretation", VIPS_INTERPRETATION_sRGB));
}

inline bytes taken(VipsBlob* blob) {
  std::size_t size = 0;
  const auto* const data = static_cast<const std::byte*>(vips_blob_get(blob, &size));
  bytes copy(data, data + size);
  vips_area_unref(VIPS_AREA(blob));
  return copy;
}

inline bytes as_png(const vips::VImage& image) {
  return taken(image.pngsave_buffer());
}
inline bytes as_gif(const vips::VImage& image) {
  return taken(image.gifsave_buffer());
}
inline bytes as_tiff(const vips::VImage& image) {
  return taken(image.tiffsave_buffer());
}
inline bytes as_webp(const vips::VImage& image) {
  return taken(image.webpsave_buffer(vips::VImage::option()->set("lossless", true)));
}
inline bytes as_jpeg(const vips::VImage& image) {
  return taken(image.jpegsave_buffer(
      vips::VImage::option()->set("Q", 95)->set("subsample_mode", VIPS_FOREIGN_SUBSAMPLE_OFF)));
}
inline bytes as_avif(const vips::VImage& image) {
  return taken(image.heifsave_buffer(vips::VImage::option()
                                         ->set("compression", VIPS_FOREIGN_HEIF_COMPRESSION_AV1)
                                         ->set("Q", 90)
                                         ->set("effort", 0)));
}

inline vips::VImage decoded(std::span<const std::byte> file) {
  return vips::VImage::new_from_buffer(file.data(), file.size(), "").copy_memory();
}

// Encoders round: a channel may be off by this much.
inline bool similar(const colour& a, const colour& b, double by = 30) {
  if (a.size() < b.size()) return false;
  for (std::size_t i = 0; i < b.size(); ++i)
    if (a[i] > b[i] + by || a[i] < b[i] - by) return false;
  return true;
}

// With what nobody calls off, and the default limits.
inline result<image::resized> resize(std::span<const std::byte> source,
                                     const image_options& options,
                                     const image::limits& allowed = {}) {
  image_engine();
  const steady_clock time;
  return image::resize(source, options, allowed, image::stop_condition{{}, {}, time});
}

inline void append_big_endian(bytes& to, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) to.push_back(std::byte(value >> shift & 0xff));
}

inline void append_png_chunk(bytes& to, std::string_view type, const bytes& data) {
  append_big_endian(to, static_cast<std::uint32_t>(data.size()));
  const std::size_t checked_from = to.size();
  for (const char c : type) to.push_back(std::byte(c));
  to.insert(to.end(), data.begin(), data.end());
  std::uint32_t crc = 0xffffffff;
  for (std::size_t i = checked_from; i < to.size(); ++i) {
    crc ^= std::to_integer<std::uint32_t>(to[i]);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
  }
  append_big_endian(to, ~crc);
}

// A PNG of this size without a single pixel: header, an empty data chunk, end.
inline bytes png_header_only(std::uint32_t width, std::uint32_t height) {
  bytes file;
  for (const char b : {'\x89', 'P', 'N', 'G', '\r', '\n', '\x1a', '\n'})
    file.push_back(std::byte(b));
  bytes header;
  append_big_endian(header, width);
  append_big_endian(header, height);
  for (const int b : {8, 2, 0, 0, 0}) header.push_back(std::byte(b));
  append_png_chunk(file, "IHDR", header);
  append_png_chunk(file, "IDAT", {});
  append_png_chunk(file, "IEND", {});
  return file;
}

}  // namespace tailrace::test
