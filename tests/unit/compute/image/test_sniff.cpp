#include "compute/image/sniff.hpp"
#include "core/body.hpp"

#include <string>
#include <string_view>

#include "tests/support/catch.hpp"
#include "tests/support/images.hpp"

using namespace tailrace;
using namespace std::string_view_literals;

namespace {

image_format sniffed(std::string_view text) {
  return image::sniff(as_bytes(text));
}

}  // namespace

TEST_CASE("sniff: formats by their first bytes") {
  CHECK(sniffed("\xff\xd8\xff\xe0"sv) == image_format::jpeg);
  CHECK(sniffed("\x89PNG\r\n\x1a\n"sv) == image_format::png);
  CHECK(sniffed("GIF89a"sv) == image_format::gif);
  CHECK(sniffed("GIF87a"sv) == image_format::gif);
  CHECK(sniffed("RIFF....WEBPVP8 "sv) == image_format::webp);
  CHECK(sniffed("II*\0"sv) == image_format::tiff);
  CHECK(sniffed("MM\0*"sv) == image_format::tiff);
  CHECK(sniffed("MM\0+"sv) == image_format::tiff);
  CHECK(sniffed("\0\0\0\x18"
                "ftypavif\0\0\0\0mif1miaf"sv) == image_format::avif);
  CHECK(sniffed("\0\0\0\x18"
                "ftypheic\0\0\0\0mif1heic"sv) == image_format::heic);
  CHECK(sniffed("\0\0\0\x1c"
                "ftypmif1\0\0\0\0mif1avifmiaf"sv) == image_format::avif);
  CHECK(sniffed("<svg xmlns='http://www.w3.org/2000/svg'/>"sv) == image_format::svg);
  CHECK(sniffed("\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x --><svg/>"sv) == image_format::svg);
}

TEST_CASE("sniff: what is none of them") {
  for (const std::string_view none :
       {""sv, "\xff"sv, "\xff\xd8"sv, "GIF88a"sv, "RIFF....WAVE"sv, "RIFF....WEB"sv, "II*"sv,
        "<html><body>"sv, "svg <svg"sv, "%PDF-1.7"sv, "BM......"sv,
        "\0\0\0\x18"
        "ftypisom\0\0\0\0mp41avc1"sv,
        "\0\0\0\x08"
        "ftypavif"sv,
        "ftyp"sv})
    CHECK(sniffed(none) == image_format::other);
}

TEST_CASE("sniff: every format has a name and a type") {
  CHECK(image::name_of(image_format::webp) == "webp");
  CHECK(image::content_type_of(image_format::jpeg) == "image/jpeg");
  CHECK(image::content_type_of(image_format::svg) == "image/svg+xml");
}

TEST_CASE("sniff: a whole file does not end early, every shorter one does") {
  test::image_engine();
  const auto drawing = test::quadrants(16, 16);
  const std::pair<image_format, test::bytes> files[] = {
      {image_format::jpeg, test::as_jpeg(drawing)}, {image_format::png, test::as_png(drawing)},
      {image_format::webp, test::as_webp(drawing)}, {image_format::gif, test::as_gif(drawing)},
      {image_format::avif, test::as_avif(drawing)}, {image_format::tiff, test::as_tiff(drawing)}};
  for (const auto& [format, file] : files) {
    INFO(image::name_of(format));
    REQUIRE(image::sniff(file) == format);
    CHECK_FALSE(image::ends_early(format, file));
    for (std::size_t size = 12; size < file.size(); ++size) {
      INFO("cut to " << size << " of " << file.size());
      // A box file that ends between two boxes looks whole.
      if (format == image_format::avif && size < 512) continue;
      CHECK(image::ends_early(format, std::span(file).first(size)));
    }
  }
}

TEST_CASE("sniff: garbage behind the first bytes is read without harm") {
  std::string file("\xff\xd8\xff\xe0"sv);
  for (int round = 0; round < 2000; ++round) {
    file.resize(4 + static_cast<std::size_t>(round) % 97);
    for (std::size_t i = 4; i < file.size(); ++i)
      file[i] = static_cast<char>((round * 131 + static_cast<int>(i) * 7919) % 256);
    for (int format = 0; format <= static_cast<int>(image_format::other); ++format)
      image::ends_early(static_cast<image_format>(format), as_bytes(file));
  }
  SUCCEED();
}
