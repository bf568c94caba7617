#include "loadtest/generator/bodies.hpp"
#include "loadtest/generator/image_header.hpp"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.hpp"

using namespace std::string_literals;
using namespace tailrace::load;

namespace {

const std::string png = "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\1\x2C\0\0\0\xC8\x08\2\0\0\0"s;
// An APP0 of 2 + 6 bytes, a comment behind fill bytes, a progressive frame of 245 lines of 300.
const std::string jpeg =
    "\xFF\xD8\xFF\xE0\0\x08"
    "abcdef\xFF\xFF\xFF\xFE\0\x04xy\xFF\xC2\0\x11\x08\0\xF5\1\x2C\x03"s;
const std::string lossy =
    "RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0\x30\1\0\x9D\1\x2A\x2C\x41\xC8\x80"s;  // with scale bits
const std::string lossless = "RIFF\x24\0\0\0WEBPVP8L\x18\0\0\0\x2F\x2B\xC1\x31\0"s;
const std::string extended = "RIFF\x24\0\0\0WEBPVP8X\x0A\0\0\0\x10\0\0\0\x2B\1\0\xC7\0\0"s;

struct sample {
  const std::string& bytes;
  image_format format;
  std::uint32_t width, height;
};
const sample samples[] = {{png, image_format::png, 300, 200},
                          {jpeg, image_format::jpeg, 300, 245},
                          {lossy, image_format::webp, 300, 200},
                          {lossless, image_format::webp, 300, 200},
                          {extended, image_format::webp, 300, 200}};

// From memory of just that size, so that an address sanitizer sees what is read past its end; a
// string has a zero there, and more when it is short.
auto read_exactly(std::string_view bytes) {
  const std::vector<char> copy(bytes.begin(), bytes.end());
  return read_image_header({copy.data(), copy.size()});
}

}  // namespace

TEST_CASE("format and dimensions are read from the header of each format") {
  for (const sample& s : samples) {
    INFO(name_of(s.format));
    const auto header = read_image_header(s.bytes);
    REQUIRE(header);
    CHECK(header->format == s.format);
    CHECK(header->width == s.width);
    CHECK(header->height == s.height);
  }
}

TEST_CASE("the sample images have the dimensions that their makers gave them") {
  const auto of = [](const char* name) {
    return read_image_header(read_file(TAILRACE_SOURCE_DIR "/config/samples/"s + name)).value();
  };
  CHECK(of("river.jpg").format == image_format::jpeg);
  CHECK(of("river.jpg").width == 1600);
  CHECK(of("river.jpg").height == 1200);
  CHECK(of("leaf.png").format == image_format::png);
  CHECK(of("leaf.png").width == 640);
  CHECK(of("mist.webp").format == image_format::webp);
}

TEST_CASE("a header that ends early is none, wherever it ends") {
  for (const sample& s : samples) {
    INFO(name_of(s.format));
    // All that is needed stands before these ends: what lies behind the sides is not looked at.
    const std::size_t needed = s.bytes.size() - (s.format == image_format::png    ? 5
                                                 : s.format == image_format::jpeg ? 1
                                                                                  : 0);
    for (std::size_t size = 0; size < needed; ++size) {
      INFO("cut at " << size);
      CHECK_FALSE(read_exactly(s.bytes.substr(0, size)));
    }
    CHECK(read_image_header(s.bytes.substr(0, needed)));
  }
}

TEST_CASE("what is no such image is none") {
  const std::string wrong[] = {
      "{\"status\":500}",
      "GIF89a\1\0\1\0\0\0\0\0\0\0\0\0"s,
      "\xFF\xD8\xFF\xD9",                                         // no frame before the end
      "\xFF\xD8\xFF\xDA\0\x04\0\0\xFF\xC0\0\x11\x08\0\1\0\1\1"s,  // a scan before the frame
      "\xFF\xD8\xFF\xE0\0\1\xFF\xC0\0\x11\x08\0\1\0\1\1"s,  // a length below its own two bytes
      "\xFF\xD8 \xC0\0\x11\x08\0\1\0\1\1"s,                 // no marker where one must be
      "\xFF\xD8\xFF\xC4\0\x11\x08\0\1\0\1\1"s,              // DHT is no frame
      "\xFF\xD8\xFF\xC0\0\x11\x08\0\0\0\1\1"s,              // no lines
      "RIFF\x24\0\0\0WAVEfmt \x18\0\0\0\x30\1\0\x9D\1\x2A\x2C\1\xC8\0"s,
      "RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0\x31\1\0\x9D\1\x2A\x2C\1\xC8\0"s,  // no key frame
      "RIFF\x24\0\0\0WEBPVP8 \x18\0\0\0\x30\1\0\x9D\1\x2B\x2C\1\xC8\0"s,  // a wrong start code
      "RIFF\x24\0\0\0WEBPVP8L\x18\0\0\0\x2E\x2B\xC1\x31\0"s,
      "\x89PNG\r\n\x1A\n\0\0\0\x0DIDAT\0\0\1\x2C\0\0\0\xC8"s,
      "\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\0\0\0\0\xC8"s,
  };
  for (const auto& bytes : wrong) {
    INFO(bytes.size() << " bytes beginning with " << bytes.substr(0, 16));
    CHECK_FALSE(read_image_header(bytes));
  }
}

TEST_CASE("whatever the bytes are, no side is 0 and nothing is read past them") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  std::size_t readable = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string bytes = samples[random() % std::size(samples)].bytes;
    for (unsigned n = random() % 4; n > 0; --n) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    bytes.resize(random() % (bytes.size() + 1));
    const auto header = read_exactly(bytes);
    if (!header) continue;
    ++readable;
    REQUIRE(header->width > 0);
    REQUIRE(header->height > 0);
  }
  CHECK(readable > 100);
}
