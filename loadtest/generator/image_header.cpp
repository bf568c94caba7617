#include "loadtest/generator/image_header.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tailrace::load {
namespace {

using namespace std::string_view_literals;

constexpr std::array<std::string_view, 3> names{"jpeg", "png", "webp"};

// A cursor over untrusted bytes: reading past their end gives 0 and is remembered.
class byte_reader {
 public:
  explicit byte_reader(std::string_view bytes) : bytes_(bytes) {}

  bool good() const noexcept { return good_; }
  void skip(std::size_t n) noexcept {
    if (n > bytes_.size()) good_ = false;
    bytes_.remove_prefix(std::min(n, bytes_.size()));
  }
  std::uint32_t byte() noexcept {
    const std::uint32_t value = bytes_.empty() ? 0 : static_cast<unsigned char>(bytes_.front());
    skip(1);
    return value;
  }
  std::uint32_t big(unsigned count) noexcept {
    std::uint32_t value = 0;
    while (count-- > 0) value = value << 8U | byte();
    return value;
  }
  std::uint32_t little(unsigned count) noexcept {
    std::uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i) value |= byte() << 8U * i;
    return value;
  }
  bool starts_with(std::string_view prefix) const noexcept { return bytes_.starts_with(prefix); }

 private:
  std::string_view bytes_;
  bool good_ = true;
};

std::optional<image_header> made(const byte_reader& from, image_format format, std::uint32_t width,
                                 std::uint32_t height) noexcept {
  if (!from.good() || width == 0 || height == 0) return std::nullopt;
  return image_header{format, width, height};
}

// ITU-T T.81, B.1.1.3: SOF0 to SOF15 but for DHT, JPG and DAC, which lie among them.
bool starts_frame(std::uint32_t marker) noexcept {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

bool stands_alone(std::uint32_t marker) noexcept {
  return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7);
}

std::optional<image_header> jpeg(byte_reader in) noexcept {
  in.skip(2);  // SOI
  while (in.good()) {
    if (in.byte() != 0xFF) return std::nullopt;
    std::uint32_t marker = 0xFF;
    while (marker == 0xFF && in.good()) marker = in.byte();  // fill bytes may come before it
    if (stands_alone(marker)) continue;
    const std::uint32_t length = in.big(2);  // its own two bytes included
    if (length < 2) return std::nullopt;
    if (starts_frame(marker)) {
      in.skip(1);  // bits per sample
      const std::uint32_t height = in.big(2);
      const std::uint32_t width = in.big(2);
      return made(in, image_format::jpeg, width, height);
    }
    if (marker == 0xDA || marker == 0xD9) return std::nullopt;  // a scan, or the end, before that
    in.skip(length - 2);
  }
  return std::nullopt;
}

// PNG, third edition, 5.2 and 11.2.1: IHDR is the first chunk.
std::optional<image_header> png(byte_reader in) noexcept {
  in.skip(8);
  if (in.big(4) != 13 || !in.starts_with("IHDR")) return std::nullopt;
  in.skip(4);
  const std::uint32_t width = in.big(4);
  const std::uint32_t height = in.big(4);
  return made(in, image_format::png, width, height);
}

// RFC 6386, 9.1: a key frame's tag, the start code, and 14 bits for each side below its scale.
std::optional<image_header> vp8(byte_reader in) noexcept {
  const bool key_frame = (in.little(3) & 1U) == 0;
  if (!key_frame || !in.starts_with("\x9D\x01\x2A"sv)) return std::nullopt;
  in.skip(3);
  const std::uint32_t width = in.little(2) & 0x3FFFU;
  const std::uint32_t height = in.little(2) & 0x3FFFU;
  return made(in, image_format::webp, width, height);
}

// RFC 9649, 3.4: a signature, then both sides less one, in 14 bits each.
std::optional<image_header> vp8l(byte_reader in) noexcept {
  if (in.byte() != 0x2F) return std::nullopt;
  const std::uint32_t sides = in.little(4);
  return made(in, image_format::webp, (sides & 0x3FFFU) + 1, (sides >> 14U & 0x3FFFU) + 1);
}

// RFC 9649, 2.7: flags, then both sides of the canvas less one, in 24 bits each.
std::optional<image_header> vp8x(byte_reader in) noexcept {
  in.skip(4);
  const std::uint32_t width = in.little(3) + 1;
  const std::uint32_t height = in.little(3) + 1;
  return made(in, image_format::webp, width, height);
}

std::optional<image_header> webp(byte_reader in) noexcept {
  in.skip(8);  // RIFF and the length of the file
  if (!in.starts_with("WEBP")) return std::nullopt;
  in.skip(4);
  byte_reader chunk = in;
  chunk.skip(8);  // its name and its length
  if (in.starts_with("VP8 ")) return vp8(chunk);
  if (in.starts_with("VP8L")) return vp8l(chunk);
  if (in.starts_with("VP8X")) return vp8x(chunk);
  return std::nullopt;
}

}  // namespace

std::string_view name_of(image_format f) noexcept {
  return names[static_cast<std::size_t>(f)];
}

std::optional<image_format> image_format_of(std::string_view name) noexcept {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<image_format>(i);
  }
  return std::nullopt;
}

std::optional<image_header> read_image_header(std::string_view bytes) noexcept {
  const byte_reader in(bytes);
  if (in.starts_with("\xFF\xD8"sv)) return jpeg(in);
  if (in.starts_with("\x89PNG\r\n\x1A\n"sv)) return png(in);
  if (in.starts_with("RIFF")) return webp(in);
  return std::nullopt;
}

}  // namespace tailrace::load
