// How pixels lie in a file, where that decides how many of them a decoder has to hold at once. Read
// from headers, with the libraries that libvips decodes with, since it does not tell; any thread.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace tailrace::image {

// Whether the (first) image of a WebP file is coded without loss, VP8L (RFC 9649, 3). True where
// that cannot be said: it is the one that takes more.
bool webp_is_lossless(std::span<const std::byte> file) noexcept;

// Bytes of what a TIFF file's first image is decoded by: a strip, or a row of tiles. 0 where that
// cannot be said.
std::uint64_t tiff_strip_bytes(std::span<const std::byte> file) noexcept;

}  // namespace tailrace::image
