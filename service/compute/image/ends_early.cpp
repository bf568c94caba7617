#include "compute/image/sniff.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace tailrace::image {
namespace {

// Numbers out of a file, with every position checked.
class reader {
 public:
  explicit reader(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

  std::uint64_t size() const noexcept { return bytes_.size(); }

  std::optional<std::uint64_t> big(std::uint64_t at, unsigned count) const noexcept {
    if (at > size() || count > size() - at) return std::nullopt;
    std::uint64_t value = 0;
    for (unsigned i = 0; i < count; ++i)
      value = value << 8 | std::to_integer<std::uint64_t>(bytes_[at + i]);
    return value;
  }

  std::optional<std::uint64_t> little(std::uint64_t at, unsigned count) const noexcept {
    if (at > size() || count > size() - at) return std::nullopt;
    std::uint64_t value = 0;
    for (unsigned i = count; i-- > 0;)
      value = value << 8 | std::to_integer<std::uint64_t>(bytes_[at + i]);
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
};

// Behind the entropy-coded data of a scan: at the next marker that is neither a stuffed zero nor a
// restart (ITU-T T.81, B.1.1).
std::optional<std::uint64_t> end_of_scan(const reader& file, std::uint64_t at) noexcept {
  for (; at + 1 < file.size(); ++at) {
    if (*file.big(at, 1) != 0xff) continue;
    const std::uint64_t code = *file.big(at + 1, 1);
    if (code != 0 && code != 0xff && (code < 0xd0 || code > 0xd7)) return at;
  }
  return std::nullopt;
}

bool jpeg_ends_early(const reader& file) noexcept {
  constexpr std::uint64_t end_of_image = 0xffd9;
  constexpr std::uint64_t start_of_scan = 0xffda;
  for (std::uint64_t at = 2;;) {
    const auto marker = file.big(at, 2);
    if (!marker) return true;
    if (*marker == end_of_image) return false;
    if (*marker == 0xffff) {  // fill bytes
      ++at;
      continue;
    }
    const auto length = file.big(at + 2, 2);
    if (!length) return true;
    if (*marker < 0xffc0 || *length < 2) return false;
    at += 2 + *length;
    if (at > file.size()) return true;
    if (*marker != start_of_scan) continue;
    const auto next = end_of_scan(file, at);
    if (!next) return true;
    at = *next;
  }
}

bool png_ends_early(const reader& file) noexcept {
  constexpr std::uint64_t iend = 0x49454e44;
  for (std::uint64_t at = 8;;) {
    const auto length = file.big(at, 4);
    const auto type = file.big(at + 4, 4);
    if (!length || !type) return true;
    if (*length > 0x7fffffff) return false;
    at += 12 + *length;  // length, type, data, checksum
    if (at > file.size()) return true;
    if (*type == iend) return false;
  }
}

// GIF89a, appendix B: data sub-blocks end with an empty one.
std::optional<std::uint64_t> behind_sub_blocks(const reader& file, std::uint64_t at) noexcept {
  for (;;) {
    const auto length = file.big(at, 1);
    if (!length) return std::nullopt;
    at += 1 + *length;
    if (*length == 0) return at;
  }
}

std::uint64_t colour_table_bytes(std::uint64_t flags) noexcept {
  return (flags & 0x80) != 0 ? 3ULL << ((flags & 7) + 1) : 0;
}

bool gif_ends_early(const reader& file) noexcept {
  const auto flags = file.big(10, 1);
  if (!flags) return true;
  for (std::uint64_t at = 13 + colour_table_bytes(*flags);;) {
    const auto introducer = file.big(at, 1);
    if (!introducer) return true;
    if (*introducer != 0x21 && *introducer != 0x2c) return false;  // the trailer, or garbage
    std::uint64_t data = at + 2;
    if (*introducer == 0x2c) {
      const auto local = file.big(at + 9, 1);
      if (!local) return true;
      data = at + 10 + colour_table_bytes(*local) + 1;
    }
    const auto next = behind_sub_blocks(file, data);
    if (!next) return true;
    at = *next;
  }
}

bool webp_ends_early(const reader& file) noexcept {
  const auto length = file.little(4, 4);
  return !length || *length + 8 > file.size();
}

bool boxes_end_early(const reader& file) noexcept {
  for (std::uint64_t at = 0; at < file.size();) {
    const auto length = file.big(at, 4);
    if (!length) return true;
    if (*length == 0) return false;  // up to the end, wherever that is
    std::uint64_t whole = *length;
    if (*length == 1) {
      const auto large = file.big(at + 8, 8);
      if (!large) return true;
      whole = *large;
    }
    if (whole < 8) return false;
    if (whole > file.size() - at) return true;
    at += whole;
  }
  return false;
}

// The first directory of a TIFF file (TIFF 6.0, section 2; BigTIFF has wider fields).
class tiff_directory {
 public:
  explicit tiff_directory(const reader& file) noexcept
      : file_(file), intel_(file.big(0, 1) == 'I'), large_(number(2, 2) == 43) {
    const auto at = large_ ? number(8, 8) : number(4, 4);
    if (!at) return;
    const auto count = number(*at, large_ ? 8 : 2);
    if (!count || *count > file.size()) return;
    entries_at_ = *at + (large_ ? 8 : 2);
    entries_ = *count;
    readable_ = inside(entries_at_, entries_ * entry_bytes());
  }

  // Whether the directory, the values its entries refer to and the strips or tiles are all there.
  bool whole() const noexcept {
    if (!readable_) return false;
    std::optional<values> offsets;
    std::optional<values> counts;
    for (std::uint64_t i = 0; i < entries_; ++i) {
      const std::uint64_t at = entries_at_ + i * entry_bytes();
      const std::uint64_t tag = *number(at, 2);
      const auto found = values_of(at);
      if (!found) return false;
      if (tag == 273 || tag == 324) offsets = found;
      if (tag == 279 || tag == 325) counts = found;
    }
    if (!offsets || !counts) return true;
    for (std::uint64_t i = 0; i < std::min(offsets->count, counts->count); ++i)
      if (!inside(item(*offsets, i), item(*counts, i))) return false;
    return true;
  }

 private:
  struct values {
    std::uint64_t at;
    std::uint64_t count;
    unsigned bytes;  // each
  };

  std::optional<std::uint64_t> number(std::uint64_t at, unsigned count) const noexcept {
    return intel_ ? file_.little(at, count) : file_.big(at, count);
  }
  bool inside(std::uint64_t at, std::uint64_t count) const noexcept {
    return at <= file_.size() && count <= file_.size() - at;
  }
  std::uint64_t entry_bytes() const noexcept { return large_ ? 20 : 12; }
  std::uint64_t item(const values& of, std::uint64_t i) const noexcept {
    return number(of.at + i * of.bytes, of.bytes).value_or(0);
  }

  // Small values stand in the entry itself, others elsewhere in the file.
  std::optional<values> values_of(std::uint64_t entry) const noexcept {
    constexpr std::array<unsigned, 19> type_bytes{0, 1, 1, 2, 4, 8, 1, 1, 2, 4,
                                                  8, 4, 8, 4, 0, 0, 8, 8, 8};
    const unsigned slot = large_ ? 8 : 4;
    const std::uint64_t type = *number(entry + 2, 2);
    const std::uint64_t count = *number(entry + 4, slot);
    const unsigned bytes = type < type_bytes.size() ? type_bytes[type] : 0;
    const std::uint64_t slot_at = entry + 4 + slot;
    if (bytes == 0 || count <= slot / bytes) return values{slot_at, bytes == 0 ? 0 : count, bytes};
    const std::uint64_t at = *number(slot_at, slot);
    if (count > file_.size() || !inside(at, count * bytes)) return std::nullopt;
    return values{at, count, bytes};
  }

  const reader& file_;
  bool intel_;
  bool large_;
  bool readable_ = false;
  std::uint64_t entries_at_ = 0;
  std::uint64_t entries_ = 0;
};

bool tiff_ends_early(const reader& file) noexcept {
  return !tiff_directory(file).whole();
}

}  // namespace

bool ends_early(image_format format, std::span<const std::byte> bytes) noexcept {
  const reader file(bytes);
  switch (format) {
    case image_format::jpeg:
      return jpeg_ends_early(file);
    case image_format::png:
      return png_ends_early(file);
    case image_format::gif:
      return gif_ends_early(file);
    case image_format::webp:
      return webp_ends_early(file);
    case image_format::avif:
    case image_format::heic:
      return boxes_end_early(file);
    case image_format::tiff:
      return tiff_ends_early(file);
    case image_format::svg:
    case image_format::other:
      return false;
  }
  return false;
}

}  // namespace tailrace::image
