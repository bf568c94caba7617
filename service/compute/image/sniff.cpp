#include "compute/image/sniff.hpp"

#include <algorithm>
#include <array>

namespace tailrace::image {
namespace {

using namespace std::string_view_literals;

struct format_name {
  image_format format;
  std::string_view name;
  std::string_view content_type;
};

constexpr std::array<format_name, 9> names{{
    {image_format::jpeg, "jpeg", "image/jpeg"},
    {image_format::png, "png", "image/png"},
    {image_format::webp, "webp", "image/webp"},
    {image_format::avif, "avif", "image/avif"},
    {image_format::gif, "gif", "image/gif"},
    {image_format::tiff, "tiff", "image/tiff"},
    {image_format::heic, "heic", "image/heic"},
    {image_format::svg, "svg", "image/svg+xml"},
    {image_format::other, "other", "application/octet-stream"},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < names.size(); ++i)
    if (static_cast<std::size_t>(names[i].format) != i) return false;
  return true;
}
static_assert(in_order(), "the table is indexed by image_format");

std::string_view text_of(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// ISO base media files (ISO/IEC 14496-12, 23008-12): a `ftyp` box lists brands, the major one
// first. The structural brands (mif1, msf1) say nothing of the codec, so any AVIF brand decides.
image_format sniff_brands(std::string_view head) noexcept {
  constexpr std::array avif{"avif"sv, "avis"sv};
  constexpr std::array heic{"heic"sv, "heix"sv, "hevc"sv, "hevx"sv, "heim"sv,
                            "heis"sv, "hevm"sv, "hevs"sv, "mif1"sv, "msf1"sv};
  if (head.size() < 12 || head.substr(4, 4) != "ftyp"sv) return image_format::other;
  const auto length = static_cast<unsigned char>(head[3]);  // brands need no more than a byte
  if (head.substr(0, 3) != "\0\0\0"sv) return image_format::other;
  bool any_heic = false;
  for (std::size_t at = 8; at + 4 <= std::min<std::size_t>(length, head.size()); at += 4) {
    if (at == 12) continue;  // the minor version
    const std::string_view brand = head.substr(at, 4);
    if (std::ranges::find(avif, brand) != avif.end()) return image_format::avif;
    any_heic = any_heic || std::ranges::find(heic, brand) != heic.end();
  }
  return any_heic ? image_format::heic : image_format::other;
}

bool looks_like_svg(std::string_view head) noexcept {
  constexpr std::size_t searched_max = 1024;
  head = head.substr(0, searched_max);
  if (head.starts_with("\xef\xbb\xbf"sv)) head.remove_prefix(3);
  const std::size_t start = head.find_first_not_of(" \t\r\n"sv);
  if (start == std::string_view::npos || head[start] != '<') return false;
  return head.find("<svg"sv) != std::string_view::npos;
}

}  // namespace

image_format sniff(std::span<const std::byte> bytes) noexcept {
  const std::string_view head = text_of(bytes.first(std::min<std::size_t>(bytes.size(), 2048)));
  if (head.starts_with("\xff\xd8\xff"sv)) return image_format::jpeg;
  if (head.starts_with("\x89PNG\r\n\x1a\n"sv)) return image_format::png;
  if (head.starts_with("GIF87a"sv) || head.starts_with("GIF89a"sv)) return image_format::gif;
  if (head.starts_with("RIFF"sv) && head.size() >= 12 && head.substr(8, 4) == "WEBP"sv)
    return image_format::webp;
  for (const std::string_view magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})
    if (head.starts_with(magic)) return image_format::tiff;
  if (const image_format branded = sniff_brands(head); branded != image_format::other)
    return branded;
  return looks_like_svg(head) ? image_format::svg : image_format::other;
}

std::string_view name_of(image_format format) noexcept {
  return names[static_cast<std::size_t>(format)].name;
}

std::string_view content_type_of(image_format format) noexcept {
  return names[static_cast<std::size_t>(format)].content_type;
}

}  // namespace tailrace::image
